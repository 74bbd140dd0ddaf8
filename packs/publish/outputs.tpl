Job publish-[[ var "build_id" . ]] is registered. Follow it with:

  nomad job status publish-[[ var "build_id" . ]]
  nomad alloc logs -f -job publish-[[ var "build_id" . ]]
