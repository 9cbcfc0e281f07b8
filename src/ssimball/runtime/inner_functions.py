"""Functions that only compiled code calls are optimised as part of it, and not alone.

An entry, which Python calls, holds the code of all functions that it calls. Numba also optimises
each of them alone, and makes machine code of it. That takes a third of the time, and a process that
only compiles never runs it. The solver is not slower without.
"""

from typing import Any

import numba
from numba.core.codegen import JITCodeLibrary
from numba.core.cpu import CPUContext

_numba: Any = numba
_library: Any = JITCodeLibrary
_context: Any = CPUContext
#: How the names of functions begin that Python can call.
_FOR_PYTHON = "_ZN7cpython"


def leave_to_callers() -> None:
    """Let numba optimise entries alone, and make machine code of them alone, in this process."""
    optimise, make_code = _library._optimize_final_module, _library._finalize_final_module
    executable = _context.get_executable

    def optimise_entry(library: Any) -> None:
        if not _is_inner(library):
            optimise(library)

    def make_code_of_entry(library: Any) -> None:
        if _is_inner(library):
            library._finalize_dynamic_globals()
            library._finalized = True
        else:
            make_code(library)

    def executable_of_entry(context: Any, library: Any, description: Any, env: Any) -> Any:
        library._ensure_finalized()
        if not _is_inner(library):
            return executable(context, library, description, env)
        # Numba keeps functions apart by an object of this type; nothing calls it.
        module, name = description.lookup_module(), description.qualname
        return _numba._dynfunc.make_function(module, name, "", 0, env, (library,))

    _library._optimize_final_module = optimise_entry
    _library._finalize_final_module = make_code_of_entry
    _context.get_executable = executable_of_entry


def _is_inner(library: Any) -> bool:
    """Return whether a library holds a user's function that Python cannot call."""
    names = (function.name for function in library._final_module.functions)
    stored: bool = library._object_caching_enabled
    return stored and not any(name.startswith(_FOR_PYTHON) for name in names)
