"""HTTP: the only package that knows httpx."""

from yotokit.yoto.http.forms import post_form
from yotokit.yoto.http.http import Http

__all__ = ["Http", "post_form"]
