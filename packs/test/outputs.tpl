Job test-[[ var "build_id" . ]] is registered. Follow it with:

  nomad job status test-[[ var "build_id" . ]]
[[- range $index, $command := var "commands" . ]]
  nomad alloc logs -f -job test-[[ var "build_id" $ ]] test-[[ add1 $index ]]
[[- end ]]
[[- if var "entry_point" . ]]
  nomad alloc logs -f -job test-[[ var "build_id" . ]] entry-point
[[- end ]]
