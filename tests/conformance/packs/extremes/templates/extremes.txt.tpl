numbers that no float64 and no int64 holds
[[ range $name, $value := vars . ]][[ $name ]] [[ $value ]] [[ typeOf $value ]] <[[ toJson $value ]]>
[[ end ]][[ $huge := var "huge" . ]][[ printf "%v %d %s %f %e %g" $huge $huge $huge $huge $huge $huge ]]
[[ int $huge ]] [[ int64 (var "lowest" .) ]] [[ gt $huge 1.5 ]] [[ toStringList (var "inside" .) ]] [[ vars . ]]
what Unicode 15.0 can print  [[ printf "%q" (var "letters" .) ]] [[ printf "%#U %#U" 0x31350 0x2ebf0 ]] [[ js (var "letters" .) ]] [[ quote (var "letters" .) ]]
