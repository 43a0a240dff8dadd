"""What a report shows, to be taken along: tables as CSV and LaTeX, figures as SVG and PNG, a methods paragraph.

All of it is read from the page itself, so a table or a figure that is added there can be exported without another line,
and no number can differ. ``templates/script/take.js`` does the same in the browser; tests hold both together.
"""
