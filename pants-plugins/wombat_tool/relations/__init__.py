"""Opens data of any format as what SQL can read, with bounded memory and nothing else in reach."""
