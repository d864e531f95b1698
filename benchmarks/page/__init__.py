"""Parts of the page's speed benchmark, see :mod:`benchmarks.speed_page`."""
