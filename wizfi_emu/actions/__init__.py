"""What can be done with a module and around it, one struct for each action, with its bounds.

Scenario steps, the control interface and tests all speak of these. `hands` is what a person does with the board,
`host` and `peers` what the others on its line and its network do, `expect` what is waited for. `perform` carries out
what hands do. The structs are what a scenario file has: the name of the first field is the verb.
"""
