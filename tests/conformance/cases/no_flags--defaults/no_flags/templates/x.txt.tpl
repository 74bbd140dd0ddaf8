[[ $flags := (metas .).integration.flags ]][[ typeOf $flags ]] [[ kindOf $flags ]] [[ toJson $flags ]] [[ $flags ]] [[ len $flags ]]
[[ toStringList $flags ]] [[ printf "%q %#v" $flags $flags ]] [[ if $flags ]]some[[ else ]]none[[ end ]]
[[ $off := (metas .).dependencies ]][[ typeOf $off ]] [[ toJson $off ]] [[ typeOf (index $off 0) ]] [[ typeOf (index $off 0).off ]]
