# A host with AppArmor and SELinux, and a seccomp profile of its own.
run_id = "01k5demo"

security_opt = ["seccomp=/etc/nomad/buildah-seccomp.json", "apparmor=unconfined", "label=disable"]
