Job plan-[[ var "build_id" . ]] is registered. Follow it with:

  nomad job status plan-[[ var "build_id" . ]]
  nomad alloc logs -f -job plan-[[ var "build_id" . ]] source
