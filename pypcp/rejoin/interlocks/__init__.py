"""The interlocks: each one question over the facts, answered with a refusal or with None.

A refusal names the host and the fact, where it was read, and the next action. Which are asked when is said by the
tuples at the end.
"""

from __future__ import annotations

from pypcp.rejoin.interlocks.archiving import (
    a_rewind_takes_nothing_from_the_archive,
    a_standby_takes_nothing_from_the_archive,
)
from pypcp.rejoin.interlocks.changing import (
    end_of_wal_is_known,
    history_is_the_same,
    it_will_take_queries,
    needed_tools_are_there,
    no_rewind_died_half_way,
    no_trigger_file_lies_ready,
    nobody_else_repairs_it,
    nobody_else_starts_it,
    nothing_lives_in_the_directory,
    settings_suffice,
    streams_from_the_same_cluster,
    target_can_stream,
    target_feeds_nobody,
    the_places_of_tablespaces_are_there,
)
from pypcp.rejoin.interlocks.copying import (
    a_new_node_has_its_configuration,
    a_new_node_listens_where_pgpool_looks,
    half_a_swap_was_not_started,
    its_tablespaces_are_its_own,
    its_wal_can_be_replaced,
    nobody_is_in_its_place,
    nothing_is_mounted_in_the_directory,
    target_can_be_replaced,
    what_is_lost_is_known,
)
from pypcp.rejoin.interlocks.files import (
    a_rewind_can_write_all,
    the_server_can_write_its_own,
    the_source_can_be_read,
)
from pypcp.rejoin.interlocks.following import (
    the_source_has_what_a_rewound_node_replays,
    the_source_has_what_a_standby_asks_for,
)
from pypcp.rejoin.interlocks.identity import (
    history_is_known,
    known_version,
    port_is_pgpools,
    same_cluster,
    same_major_version,
    source_could_be_looked_at,
    source_is_not_target,
    target_answers_when_it_runs,
    target_could_be_looked_at,
    target_has_programs,
    target_is_a_data_directory,
)
from pypcp.rejoin.interlocks.rewinding import (
    crashed_target_can_recover,
    hints_or_checksums_were_on,
    its_timeline_can_be_rewound,
    no_commit_is_lost_silently,
    no_logical_slot_is_lost_silently,
    no_prepared_transaction_is_lost_silently,
    source_writes_full_pages,
    target_can_be_rewound,
    there_is_room,
    there_is_room_for_the_archives_wal,
    wal_for_the_rewind_is_there,
)
from pypcp.rejoin.interlocks.roles import (
    all_pgpools_agree_about_the_primary,
    only_one_other_is_primary,
    pgpool_agrees_about_the_primary,
    some_other_node_is_primary,
    target_is_not_a_second_primary,
    target_is_not_the_primary,
)
from pypcp.rejoin.interlocks.starting import the_unit_starts_this_server
from pypcp.rejoin.verdict import Verdict

ALWAYS = (
    target_could_be_looked_at,
    source_could_be_looked_at,
    target_is_not_the_primary,
    some_other_node_is_primary,
    only_one_other_is_primary,
    target_is_not_a_second_primary,
    pgpool_agrees_about_the_primary,
    all_pgpools_agree_about_the_primary,
    target_has_programs,
    target_answers_when_it_runs,
    same_cluster,
    same_major_version,
    known_version,
    source_is_not_target,
    port_is_pgpools,
)
KEEPING_THE_DIRECTORY = (
    target_is_a_data_directory,
    history_is_known,
    no_rewind_died_half_way,
)
BEFORE_CHANGES = (
    nothing_lives_in_the_directory,
    no_trigger_file_lies_ready,
    nobody_else_starts_it,
    nobody_else_repairs_it,
    settings_suffice,
    it_will_take_queries,
    needed_tools_are_there,
    target_can_stream,
    streams_from_the_same_cluster,
)
STARTING = (the_unit_starts_this_server,)
FETCHING = (there_is_room_for_the_archives_wal,)
BEFORE = {
    Verdict.STOP: (target_feeds_nobody,),
    Verdict.START: (
        the_places_of_tablespaces_are_there,
        end_of_wal_is_known,
        the_source_has_what_a_standby_asks_for,
        history_is_the_same,
        a_standby_takes_nothing_from_the_archive,
        the_server_can_write_its_own,
    ),
    Verdict.FINISH: (the_places_of_tablespaces_are_there, the_server_can_write_its_own),
    Verdict.RESUME: (
        the_places_of_tablespaces_are_there,
        source_writes_full_pages,
        target_can_be_rewound,
        a_rewind_can_write_all,
        the_source_can_be_read,
    ),
    Verdict.FETCH: (
        hints_or_checksums_were_on,
        its_timeline_can_be_rewound,
        source_writes_full_pages,
        target_can_be_rewound,
        a_rewind_can_write_all,
        the_source_can_be_read,
        a_rewind_takes_nothing_from_the_archive,
        *FETCHING,
        crashed_target_can_recover,
        no_logical_slot_is_lost_silently,
    ),
    Verdict.REWIND: (
        the_places_of_tablespaces_are_there,
        hints_or_checksums_were_on,
        source_writes_full_pages,
        its_timeline_can_be_rewound,
        wal_for_the_rewind_is_there,
        the_source_has_what_a_rewound_node_replays,
        target_can_be_rewound,
        a_rewind_can_write_all,
        the_source_can_be_read,
        a_rewind_takes_nothing_from_the_archive,
        there_is_room,
        crashed_target_can_recover,
        no_commit_is_lost_silently,
        no_prepared_transaction_is_lost_silently,
        no_logical_slot_is_lost_silently,
    ),
    Verdict.SWAP: (half_a_swap_was_not_started,),
    Verdict.CREATE: (
        the_places_of_tablespaces_are_there,
        target_can_be_replaced,
        nothing_is_mounted_in_the_directory,
        its_tablespaces_are_its_own,
        the_source_can_be_read,
        nobody_is_in_its_place,
        a_new_node_has_its_configuration,
        a_new_node_listens_where_pgpool_looks,
    ),
    Verdict.BASEBACKUP: (
        the_places_of_tablespaces_are_there,
        target_can_be_replaced,
        nothing_is_mounted_in_the_directory,
        its_tablespaces_are_its_own,
        its_wal_can_be_replaced,
        the_source_can_be_read,
        what_is_lost_is_known,
        no_commit_is_lost_silently,
        no_prepared_transaction_is_lost_silently,
        no_logical_slot_is_lost_silently,
    ),
}
