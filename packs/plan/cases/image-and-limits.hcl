# An operator's own image, and other limits than those of the default.
build_id = "01k5demo"
repo_url = "https://git.example.com/team/hello.git"

source_image   = "registry.example.com:5000/tools/git:2.47"
source_timeout = 60
cpu            = 400
memory         = 512
disk           = 4096
