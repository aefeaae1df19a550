#!/usr/bin/env bash
# Lists the routes with most flights and how many of those were cancelled: CSV in, CSV out.
set -euo pipefail
export LC_ALL=C

{
    echo "origin,dest,flights,cancelled"
    awk -F, '
        NR == 1 {
            for (i = 1; i <= NF; i++) column[$i] = i
            if (!("origin" in column && "dest" in column && "dep_time" in column)) {
                print FILENAME ": the columns origin, dest and dep_time are needed, but there are " $0 >"/dev/stderr"
                exit 1
            }
            next
        }
        {
            route = $column["origin"] "," $column["dest"]
            flights[route]++
            if ($column["dep_time"] == "NA") cancelled[route]++
        }
        END { for (route in flights) print route "," flights[route] "," cancelled[route] + 0 }
    ' "$WOMBAT_INPUT_FLIGHTS" |
        sort -t, -k3,3nr -k1,1 -k2,2 |
        awk -v top="$WOMBAT_PARAM_TOP" 'NR <= top'
} >"$WOMBAT_OUTPUT_BUSIEST_ROUTES"
