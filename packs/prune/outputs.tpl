Job prune-[[ var "run_id" . ]] is registered. Follow it with:

  nomad job status prune-[[ var "run_id" . ]]
  nomad alloc logs -f -job prune-[[ var "run_id" . ]]
