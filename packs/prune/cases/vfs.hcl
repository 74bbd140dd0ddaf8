# A kernel that cannot mount overlay in a user namespace.
run_id = "01k5demo"

storage_driver = "vfs"
