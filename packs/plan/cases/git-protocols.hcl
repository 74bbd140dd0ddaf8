# Repositories that are read over plain HTTP.
build_id = "01k5demo"
repo_url = "https://git.example.com/team/hello.git"

git_protocols = ["http"]
