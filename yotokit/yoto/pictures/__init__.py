"""Display icons and covers: finding, converting, drawing and sending them."""

from yotokit.yoto.pictures.covers import Covers
from yotokit.yoto.pictures.digits import LARGEST_NUMBER
from yotokit.yoto.pictures.icon import Icon
from yotokit.yoto.pictures.icons import Icons
from yotokit.yoto.pictures.opening import check_picture, picture_bytes

__all__ = ["LARGEST_NUMBER", "Covers", "Icon", "Icons", "check_picture", "picture_bytes"]
