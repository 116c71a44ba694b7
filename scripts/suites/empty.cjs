// What the control is preloaded with: nothing, by the way in which the agent gets in.
