"""An invented population whose truth is known: scenario cards become charts, without asking the engine anything."""
