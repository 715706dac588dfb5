"""Every kind of condition that a protocol file may write, by its keyword."""

from __future__ import annotations

from cds_hooks.judgement.predicates.doubtful.implausible import WrittenImplausible
from cds_hooks.judgement.predicates.doubtful.measured import WrittenMeasured
from cds_hooks.judgement.predicates.doubtful.mislabelled import WrittenReadsLike
from cds_hooks.judgement.predicates.doubtful.missing import Missing
from cds_hooks.judgement.predicates.doubtful.unread import Noted, Unusable
from cds_hooks.judgement.predicates.draws.before_start import DrawnBeforeStart, DrawnOnTreatment
from cds_hooks.judgement.predicates.draws.cycle import CycleDay, LastPeriod
from cds_hooks.judgement.predicates.draws.draw_times import DrawnAt, Mistimed
from cds_hooks.judgement.predicates.draws.fasting import NotFasting
from cds_hooks.judgement.predicates.draws.hours import WrittenDrawnBetween
from cds_hooks.judgement.predicates.draws.illness import DrawnDuringIllness
from cds_hooks.judgement.predicates.draws.since_change import DrawnSinceChange
from cds_hooks.judgement.predicates.draws.since_dose import DrawnAfterDose
from cds_hooks.judgement.predicates.draws.since_start import DrawnSinceStart
from cds_hooks.judgement.predicates.drugs.daily_dose import WrittenDailyDose
from cds_hooks.judgement.predicates.drugs.dose_ratio import DoseRatio
from cds_hooks.judgement.predicates.drugs.not_listed import NotRecorded, NotTaking
from cds_hooks.judgement.predicates.drugs.started import Started
from cds_hooks.judgement.predicates.drugs.stated import StatedLongAgo
from cds_hooks.judgement.predicates.drugs.taking import Planned, Stopped, Taking
from cds_hooks.judgement.predicates.person.circumstances import (
    AgeAtLeast,
    AgeBelow,
    GivenAs,
    ProfileAsked,
    ProfileIs,
    TreatedFor,
)
from cds_hooks.judgement.predicates.person.organs import AnatomyAssumed, HasAnatomy, HasOrgan, LacksOrgan
from cds_hooks.judgement.predicates.person.pregnancy import WrittenPregnant
from cds_hooks.judgement.predicates.person.recorded import Recorded
from cds_hooks.judgement.predicates.predicate import Kinds
from cds_hooks.judgement.predicates.several.again import WrittenAgain
from cds_hooks.judgement.predicates.several.calculated import WrittenCalculated
from cds_hooks.judgement.predicates.several.change import WrittenChange
from cds_hooks.judgement.predicates.several.counted import WrittenCounted
from cds_hooks.judgement.predicates.several.mean import WrittenMean
from cds_hooks.judgement.predicates.several.mixed_methods import MixedMethods
from cds_hooks.judgement.predicates.several.nadir import WrittenAboveNadir
from cds_hooks.judgement.predicates.several.projected import WrittenProjected
from cds_hooks.judgement.predicates.several.ratio import WrittenRatio
from cds_hooks.judgement.predicates.several.rise import WrittenRise
from cds_hooks.judgement.predicates.several.true_change import TrueChange
from cds_hooks.judgement.predicates.single.age_table import WrittenAgeTable
from cds_hooks.judgement.predicates.single.before_treatment import WrittenBeforeTreatment
from cds_hooks.judgement.predicates.single.fraction import WrittenFraction
from cds_hooks.judgement.predicates.single.goals import HasGoal
from cds_hooks.judgement.predicates.single.latest import WrittenLatest
from cds_hooks.judgement.predicates.single.reported import ReportedIn
from cds_hooks.judgement.predicates.single.sds import WrittenSds
from cds_hooks.judgement.predicates.single.target import WrittenTarget
from cds_hooks.judgement.predicates.visits import RepeatMissed, VisitIs

KINDS: Kinds = {
    kind.keyword: kind
    for kind in (
        *(WrittenLatest, WrittenRise, Missing, Taking, GivenAs, TreatedFor, Recorded, HasOrgan, ProfileIs, AgeAtLeast),
        *(LacksOrgan, Unusable, WrittenImplausible, WrittenReadsLike, Noted, Mistimed, DrawnAt, VisitIs, RepeatMissed),
        *(Planned, Stopped, HasAnatomy, AnatomyAssumed, AgeBelow),
        *(WrittenMeasured, WrittenCalculated, HasGoal, WrittenCounted, WrittenDrawnBetween, WrittenChange),
        *(ProfileAsked, NotTaking, NotRecorded, ReportedIn, WrittenBeforeTreatment),
        *(WrittenAboveNadir, WrittenAgain, WrittenProjected, MixedMethods, WrittenDailyDose),
        *(WrittenPregnant, LastPeriod, CycleDay, DrawnBeforeStart),
        *(DrawnSinceChange, DrawnAfterDose, DrawnDuringIllness, NotFasting, DoseRatio),
        *(WrittenTarget, WrittenFraction, WrittenSds, WrittenAgeTable, TrueChange, Started),
        *(WrittenMean, WrittenRatio, DrawnSinceStart, StatedLongAgo, DrawnOnTreatment),
    )
}
