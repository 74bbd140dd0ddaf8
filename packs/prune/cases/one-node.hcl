# The cache of a certain node.
run_id = "01k5demo"

node_id = "f0e9d8c7-b6a5-4321-8765-0123456789ab"
