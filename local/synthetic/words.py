"""What people call things: the words that synthetic names, tags and connections are drawn from."""

REGIONS = {"eastus2": 5, "westeurope": 4, "swedencentral": 3, "uksouth": 2, "francecentral": 1}
"""Regions by their weight."""
SHORT_REGIONS = {
    "eastus2": "eus2",
    "westeurope": "weu",
    "swedencentral": "swc",
    "uksouth": "uks",
    "francecentral": "frc",
}
DISPLAY_REGIONS = {
    "eastus2": "East US 2",
    "westeurope": "West Europe",
    "swedencentral": "Sweden Central",
    "uksouth": "UK South",
    "francecentral": "France Central",
}
"""How Search writes them."""
ENVIRONMENTS = {"prod": 3, "test": 2, "dev": 4, "sandbox": 2}
"""Environments by their weight."""
TEAMS = ("claims", "energy", "finance", "fraud", "hr", "legal", "logistics", "marketing", "research", "retail", "risk")
PURPOSES = ("agents", "chat", "contracts", "forecast", "invoices", "pricing", "search", "speech", "summaries", "vision")
PEOPLE = ("amir", "fatima", "jane", "li", "marek", "noah", "priya", "sofia", "tom", "yuki")

COST_NAMES = {"CostCenter": 60, "costcenter": 10, "COSTCENTER": 4, "cost-center": 16, "cc": 10}
"""How people call the cost tag when they do not look it up."""
COST_VALUES = {"CC-{}": 6, "{}": 3, "cc-{}": 1}
STUDIO_TAGS = {"__SYSTEM__AIServices_ai-shared": "AzureOpenAI", "__SYSTEM__AzureOpenAI_ai-shared": "AAD"}
"""What the studio sets itself on hubs it makes."""

MODELS = ("fabrikam-large", "fabrikam-small", "northwind-embed", "tailspin-vision")
"""Models of other companies, as the Marketplace offers them."""
AMOUNTS = (500, 1000, 2500, 5000)
"""Amounts of monthly budgets."""

CONNECTIONS = (
    ("AAD", "AzureOpenAI"),
    ("ApiKey", "AzureOpenAI"),
    ("AAD", "CognitiveSearch"),
    ("ApiKey", "CognitiveSearch"),
    ("AAD", "AIServices"),
    ("ApiKey", "Serp"),
    ("CustomKeys", "CustomKeys"),
    ("AccountKey", "AzureBlob"),
    ("ManagedIdentity", "ContainerRegistry"),
    ("PAT", "Git"),
    ("SAS", "AzureBlob"),
    ("AccessKey", "S3"),
    ("ServicePrincipal", "AzureSqlDb"),
    ("UsernamePassword", "Snowflake"),
    ("OAuth2", "Mongo"),
    ("None", "Git"),
)
"""Every kind of credential a connection can have, with a category it is met in."""
KEYLESS = tuple(one for one in CONNECTIONS if one[0] == "AAD")
TARGETS = {
    "AIServices": "https://{}.cognitiveservices.azure.com/",
    "AzureBlob": "https://{}.blob.core.windows.net/data",
    "AzureOpenAI": "https://{}.openai.azure.com/",
    "AzureSqlDb": "Server={}.database.windows.net",
    "CognitiveSearch": "https://{}.search.windows.net/",
    "ContainerRegistry": "{}.azurecr.io",
    "CustomKeys": "https://api.{}.example/",
    "Git": "https://git.contoso.example/{}",
    "Mongo": "https://{}.mongo.contoso.example/",
    "S3": "https://{}.s3.amazonaws.com",
    "Serp": "https://serpapi.com/search",
    "Snowflake": "jdbc:snowflake://{}.snowflakecomputing.com",
}
"""Where a connection of a category points to, around a name."""
