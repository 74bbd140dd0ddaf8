Job build-[[ var "build_id" . ]] is registered. Follow it with:

  nomad job status build-[[ var "build_id" . ]]
  nomad alloc logs -f -job build-[[ var "build_id" . ]] source
  nomad alloc logs -f -job build-[[ var "build_id" . ]] build
