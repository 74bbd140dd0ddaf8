[[ .my.name ]]
