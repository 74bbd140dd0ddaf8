"""The logs of builds: reading and following them, from Nomad while it has them, and else from the record."""

from server.logs.cursor import CURSOR_LIMIT as CURSOR_LIMIT
from server.logs.cursor import START as START
from server.logs.cursor import Cursor as Cursor
from server.logs.cursor import decode_cursor as decode_cursor
from server.logs.cursor import encode_cursor as encode_cursor
from server.logs.events import Ended as Ended
from server.logs.events import Event as Event
from server.logs.events import Gap as Gap
from server.logs.events import Line as Line
from server.logs.events import Pause as Pause
from server.logs.events import PhaseBegun as PhaseBegun
from server.logs.following import Follower as Follower
from server.logs.kept import tail_lines as tail_lines
from server.logs.kept import tail_tasks as tail_tasks
from server.logs.lines import guard as guard
from server.logs.lines import heading as heading
from server.logs.pace import Followed as Followed
from server.logs.pace import follow as follow
from server.logs.pages import TEXT_LIMIT as TEXT_LIMIT
from server.logs.pages import Pages as Pages
from server.logs.pages import read_page as read_page
from server.logs.parts import TAIL as TAIL
from server.logs.parts import Page as Page
from server.logs.parts import Part as Part
from server.logs.parts import Wanted as Wanted
from server.logs.reading import read_log as read_log
