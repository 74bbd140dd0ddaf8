# Nobody but the service and the operator gives a value here: a run has none from outside.
run_id = "01k5demo"
