# Nothing but what has to be given.
build_id = "01k5demo"
repo_url = "https://git.example.com/team/hello.git"
