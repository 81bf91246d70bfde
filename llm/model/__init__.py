"""Between the agent and a language model: endpoint, prompt, tool schemas, repaired calls."""
