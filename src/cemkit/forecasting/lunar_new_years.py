"""Dates of the Chinese New Year: data of the lunisolar calendar, 1990 to 2060."""

FIRST_YEAR = 1990
# The day of January of each year; 32 is 1 February. A row per decade.
DAYS_OF_JANUARY = (
    *(27, 46, 35, 23, 41, 31, 50, 38, 28, 47),
    *(36, 24, 43, 32, 22, 40, 30, 50, 38, 26),
    *(45, 34, 23, 41, 31, 50, 39, 28, 47, 36),
    *(25, 43, 32, 22, 41, 29, 48, 37, 26, 44),
    *(34, 23, 42, 31, 50, 39, 28, 46, 35, 24),
    *(43, 32, 22, 41, 30, 48, 37, 26, 45, 33),
    *(23, 42, 32, 50, 39, 28, 46, 35, 24, 43),
    *(33,),
)
