"""The one API of the house; rooms bring routers."""

from ninja import NinjaAPI

from madang import __version__

api = NinjaAPI(title="Madang", version=__version__)
