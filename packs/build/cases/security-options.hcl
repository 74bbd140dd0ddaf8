# A host with AppArmor and SELinux, and a seccomp profile of its own.
build_id      = "01k5demo"
repo_url      = "https://git.example.com/team/hello.git"
staging_image = "registry.example.com:5000/team/hello-staging:01k5demo"

security_opt = ["seccomp=/etc/nomad/buildah-seccomp.json", "apparmor=unconfined", "label=disable"]
