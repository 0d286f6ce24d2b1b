"""Microsoft.CognitiveServices: AI services accounts, their projects, model deployments and content filter policies."""
