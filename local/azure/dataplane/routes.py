"""Where each data plane listens."""

from aiohttp import web

from local.azure.cloud import Cloud
from local.azure.dataplane.cognitive import OpenAI
from local.azure.dataplane.endpoints import Scoring
from local.azure.dataplane.search import Search
from local.azure.dataplane.storage import BlobStorage
from local.azure.dataplane.vault import VaultSecrets


def data_plane(cloud: Cloud) -> list[web.RouteDef]:
    """The paths of every data plane and their methods."""
    return [
        web.get("/dataplane/cognitiveservices/{account}/openai/models", OpenAI(cloud).models),
        web.get("/dataplane/search/{service}/indexes", Search(cloud).indexes),
        web.get("/dataplane/storage/{account}/", BlobStorage(cloud).containers),
        web.post("/dataplane/endpoints/{workspace}/{endpoint}/score", Scoring(cloud).score),
        *VaultSecrets(cloud).routes(),
    ]
