"""Let numba store compiled functions of this package in :func:`compiled_folder.cache_folder`."""

from typing import Any

import numba
from numba.core.caching import _CacheLocator

from ssimball.runtime.compiled_folder import cache_folder
from ssimball.runtime.fingerprint import PACKAGE
from ssimball.runtime.processes import NUMBA_SETTINGS, refuse_settings_here

_config: Any = numba.config
#: Numba's own places to store compiled code, for functions of other packages.
_NUMBA_LOCATORS = (
    "UserProvidedCacheLocator,InTreeCacheLocator,UserWideCacheLocator,IPythonCacheLocator"
)


class CompiledCodeLocator(_CacheLocator):
    """Tells numba where to store compiled functions of this package."""

    def __init__(self, module: str) -> None:
        """Locate functions of a module, given by its dotted name."""
        self._module = module

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> "CompiledCodeLocator | None":
        """Return a locator for a function of this package, None for any other."""
        module: str = py_func.__module__
        return cls(module) if module.partition(".")[0] == PACKAGE else None

    def get_cache_path(self) -> str:
        """Return the folder of the compiled code."""
        return str(cache_folder())

    def get_source_stamp(self) -> str:
        """Return a constant: the folder's name already depends on the source."""
        return ""

    def get_disambiguator(self) -> str:
        """Return the module's name, since modules in several folders may have one file name."""
        return self._module


def use_cache_folder() -> None:
    """Let numba store compiled functions of this package in :func:`cache_folder`.

    Raises:
        SsimballError: the current folder holds settings of numba.
    """
    refuse_settings_here([NUMBA_SETTINGS])
    locator = f"{__name__}.{CompiledCodeLocator.__name__}"
    others = _config.CACHE_LOCATOR_CLASSES or _NUMBA_LOCATORS
    if locator not in others:
        _config.CACHE_LOCATOR_CLASSES = f"{locator},{others}"
