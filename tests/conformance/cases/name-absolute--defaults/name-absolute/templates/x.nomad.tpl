a = "[[ meta "pack.name" . ]]"
