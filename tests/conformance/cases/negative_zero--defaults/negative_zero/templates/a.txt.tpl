[[ range $k, $v := vars . ]][[ $k ]] [[ toJson $v ]] [[ typeOf $v ]]
[[ end ]]
