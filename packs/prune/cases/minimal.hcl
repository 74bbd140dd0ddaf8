# Nothing but what has to be given.
run_id = "01k5demo"
