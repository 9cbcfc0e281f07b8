"""The public names for type checkers; :mod:`ssimball.api.names` says where they are loaded from."""

from ssimball.api.attack import SSIMBall as SSIMBall
from ssimball.api.attack import attack as attack
from ssimball.api.cam import Cam as Cam
from ssimball.api.cam import cam as cam
from ssimball.api.overlap import Overlap as Overlap
from ssimball.api.overlap import overlap as overlap
from ssimball.api.result import Result as Result
from ssimball.api.similarity import ssim as ssim
from ssimball.api.solver import maximise as maximise
from ssimball.ball.ball import Ball as Ball
from ssimball.errors import InputError as InputError
from ssimball.errors import SsimballError as SsimballError

__version__: str
