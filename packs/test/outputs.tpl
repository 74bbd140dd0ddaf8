Job test-[[ var "build_id" . ]] is registered. Follow it with:

  nomad job status test-[[ var "build_id" . ]]
  nomad alloc logs -f -job test-[[ var "build_id" . ]]
