Job cleanup-[[ var "build_id" . ]] is registered. Follow it with:

  nomad job status cleanup-[[ var "build_id" . ]]
  nomad alloc logs -f -job cleanup-[[ var "build_id" . ]]
