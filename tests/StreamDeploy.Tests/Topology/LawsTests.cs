using System.Text.Json;
using StreamDeploy.Schemas;
using StreamDeploy.Tests.Topology.Oracle;
using StreamDeploy.Topology;

namespace StreamDeploy.Tests.Topology;

/// <summary>The laws of the correlation contract, each an FsCheck property: the join against the naive oracle, on random logs.</summary>
/// <remarks>STREAMDEPLOY_LAWS says on how many logs; STREAMDEPLOY_LAWS_SEED tries one again. Of law 7 only
/// what needs no broker is here.</remarks>
public sealed class LawsTests
{
    [Fact]
    public void Law_0_every_emission_is_the_oracles_when_each_record_is_a_batch() => Laws.Hold(LogGen.Any, c =>
        AnswerDiff.OfEmissions(NaiveOracle.Emissions(c.Log, c.Tables, c.Settings), JoinRun.Of(c).Output));

    [Fact]
    public void Law_0_every_emission_is_the_oracles_under_any_batch_boundaries() => Laws.Hold(LogGen.Any, c =>
    {
        bool[] ends = Arrivals.Batches(c.Log.Count, c.Seed);
        return AnswerDiff.OfEmissions(NaiveOracle.Emissions(c.Log, c.Tables, c.Settings, i => ends[i]), JoinRun.Of(c, i => ends[i]).Output);
    });

    [Fact]
    public void Law_0_every_record_is_judged_as_the_oracle_judges_it() => Laws.Hold(LogGen.Any, c =>
    {
        IEnumerable<Fate> fates = JoinRun.Of(c).Verdicts.Select(v => v switch
        {
            Verdict.Applied => Fate.Applied,
            Verdict.Duplicate => Fate.Duplicate,
            Verdict.Late => Fate.Late,
            Verdict.OfNoInterest => Fate.OfNoInterest,
            _ => Fate.Rejected,
        });
        return Unequal(new NaiveReading(c.Log, c.Settings).Fates.Select((fate, i) => $"{i} {fate}"), fates.Select((fate, i) => $"{i} {fate}"));
    });

    [Fact]
    public void Law_1_any_order_of_arrival_that_stays_within_the_grace_period_gives_the_same_settled_answer_for_every_alert_and_revision_too() =>
        Laws.Hold(LogGen.Orderly, c =>
        {
            LogCase one = c with { Log = Arrivals.WithinGrace(c, c.Seed) };
            LogCase other = c with { Log = Arrivals.WithinGrace(c, c.Seed + 1) };
            IReadOnlyList<Enrichment> answers = ByAlert(JoinRun.Of(one).Settled);
            IReadOnlyList<Enrichment> oracles = ByAlert(NaiveOracle.Settled(other.Log, c.Tables, c.Settings).Values);
            return Unequal(answers.Select(Text), ByAlert(JoinRun.Of(other).Settled).Select(Text)) ?? AnswerDiff.Of(oracles, answers);
        });

    [Fact]
    public void Law_2_batch_boundaries_and_save_and_restore_at_any_step_do_not_change_the_settled_answers() => Laws.Hold(LogGen.Any, c =>
    {
        bool[] ends = Arrivals.Batches(c.Log.Count, c.Seed);
        bool[] saves = Arrivals.Batches(c.Log.Count, c.Seed + 1);
        IEnumerable<string> undisturbed = ByAlert(JoinRun.Of(c).Settled).Select(Text);
        return Unequal(undisturbed, ByAlert(JoinRun.Of(c, i => ends[i], i => saves[i], disturbTables: true).Settled).Select(Text));
    });

    [Fact]
    public void Law_2_save_and_restore_at_any_step_changes_no_emission_at_all() => Laws.Hold(LogGen.Any, c =>
    {
        bool[] ends = Arrivals.Batches(c.Log.Count, c.Seed);
        bool[] saves = Arrivals.Batches(c.Log.Count, c.Seed + 1);
        return Unequal(JoinRun.Of(c, i => ends[i]).Output.Select(Text), JoinRun.Of(c, i => ends[i], i => saves[i]).Output.Select(Text));
    });

    [Fact]
    public void Law_2_redelivery_of_any_record_does_not_change_the_settled_answers() => Laws.Hold(LogGen.Orderly, c =>
    {
        LogCase again = c with { Log = Arrivals.Redelivered(c.Log, c.Seed) };
        return Unequal(ByAlert(JoinRun.Of(c).Settled).Select(Text), ByAlert(JoinRun.Of(again).Settled).Select(Text));
    });

    [Fact]
    public void Law_3_every_alert_that_has_an_event_that_counts_and_is_not_late_gets_a_first_answer_and_a_settled_one_and_its_revisions_grow() =>
        Laws.Hold(LogGen.Any, c =>
        {
            bool[] ends = Arrivals.Batches(c.Log.Count, c.Seed);
            ILookup<AlertKey, Enrichment> answers = JoinRun.Of(c, i => ends[i]).Output.ToLookup(AlertKey.Of);
            AlertKey[] due = [.. new NaiveReading(c.Log, c.Settings).Applied(c.Log.Count).Select(r => r.Alert).OfType<Alert>().Select(AlertKey.Of).Distinct()];
            if (answers.Select(a => a.Key).Except(due).Concat(due.Except(answers.Select(a => a.Key))).FirstOrDefault() is { AlertId: { } } odd)
                return $"{odd} has an answer and should not, or the reverse";
            return answers.Select(Broken).FirstOrDefault(broken => broken is not null);

            static string? Broken(IGrouping<AlertKey, Enrichment> all)
            {
                Enrichment[] of = [.. all];
                if (of.Length < 2 || of[0].Settled || of.Count(e => e.Settled) != 1 || !of[^1].Settled)
                    return $"{all.Key}: not a first answer, changes, and a settled one: {string.Join(", ", of.Select(e => e.Settled))}";
                return of.SkipLast(1).Zip(of.Skip(1)).Any(pair => pair.First.Revision > pair.Second.Revision - (pair.Second.Settled ? 0 : 1))
                    ? $"{all.Key}: revisions {string.Join(", ", of.Select(e => e.Revision))}"
                    : null;
            }
        });

    [Fact]
    public void Law_4_nothing_of_one_account_is_in_anothers_answer_they_share_only_the_clock() => Laws.Hold(LogGen.Any, c =>
    {
        foreach (string account in c.Log.Select(r => r.AccountId).Distinct())
        {
            LogCase alone = c with
            {
                Log = [.. c.Log.Select(r => r.AccountId == account ? r : Tick(r, c.Settings))],
                Tables = [.. c.Tables.Where(t => t.AccountId == account)],
            };
            IEnumerable<string> among = JoinRun.Of(c).Output.Where(e => e.AccountId == account).Select(Text);
            if (Unequal(among, JoinRun.Of(alone).Output.Select(Text)) is { } difference)
                return $"{account}: {difference}";
        }
        return null;
    });

    [Fact]
    public void Law_5_stream_time_never_goes_back_and_the_state_holds_what_the_contract_says_and_hardly_more() => Laws.Hold(LogGen.Any, c =>
    {
        var reading = new NaiveReading(c.Log, c.Settings);
        // The join sweeps when stream time has moved by a 64th of what it keeps: nothing shows of what is kept that much longer, and memory is bounded.
        long slackMs = (c.Settings.BeforeMaxMs + c.Settings.SettleMs + c.Settings.GraceMs) / 64;
        string? broken = null;
        long last = long.MinValue;
        JoinRun.Of(c, watch: (i, run) =>
        {
            StateSize state = run.Task.State;
            (int events, int alerts) = (reading.DeploymentEventsHeld(i + 1), reading.AlertsOpen(i + 1));
            int most = reading.DeploymentEventsHeld(i + 1, slackMs);
            if (run.Task.StreamTimeMs < last || run.Task.StreamTimeMs != reading.StreamTimesMs[i])
                broken ??= $"stream time after {i} was {run.Task.StreamTimeMs}";
            if (state.DeploymentEvents < events || state.DeploymentEvents > most || state.Deployments > state.DeploymentEvents)
                broken ??= $"after {i}: {state}, but {events} deployment events are to be kept and no more than {most}";
            if (state.OpenAlerts != alerts || state.Accounts > most + reading.AlertsOpen(i + 1, slackMs))
                broken ??= $"after {i}: {state}, but {alerts} alerts are to be kept";
            last = run.Task.StreamTimeMs;
        });
        return broken;
    });

    [Fact]
    public void Law_5_when_time_has_passed_nothing_is_left() => Laws.Hold(LogGen.Any, c =>
    {
        long last = new NaiveReading(c.Log, c.Settings).StreamTimesMs.Append(0).Max();
        LogRecord clock = Clock(last + c.Settings.BeforeMaxMs + c.Settings.SettleMs + c.Settings.GraceMs + 1);
        byte[]? used = null, fresh = null;
        JoinRun.Of(c with { Log = [.. c.Log, clock] }, watch: (_, run) => used = run.Saved());
        JoinRun.Of(c with { Log = [clock] }, watch: (_, run) => fresh = run.Saved());
        return used!.SequenceEqual(fresh!) ? null : $"{used!.Length} bytes of state are left, a new task has {fresh!.Length}";
    });

    [Fact]
    public void Law_6_probabilities_are_within_0_and_1_and_those_of_all_and_none_sum_to_1() => Laws.Hold(LogGen.Any, c =>
    {
        LogCase all = c with { Settings = c.Settings with { SuspectsMax = 1000 } };
        return JoinRun.Of(all).Output.Select(Broken).FirstOrDefault(broken => broken is not null);

        static string? Broken(Enrichment e)
        {
            IEnumerable<double> probabilities = e.Suspects.Select(s => s.Probability).Append(e.ProbabilityNone);
            IEnumerable<double> others = e.Suspects.Select(s => s.Coincidence).Concat(e.Elsewhere.SelectMany(s => new[] { s.Probability, s.Coincidence }));
            if (probabilities.Concat(others).FirstOrDefault(p => p is not (>= 0 and <= 1), 0) is not 0 and var odd)
                return $"{AlertKey.Of(e)}: {odd}";
            return Math.Abs(probabilities.Sum() - 1) > 1e-9 || e.Suspects.Length != e.Considered || e.Elsewhere.Sum(s => s.Probability) > 1
                ? $"{AlertKey.Of(e)}: {e.Suspects.Length} of {e.Considered}, sum {probabilities.Sum()}"
                : null;
        }
    });

    [Fact]
    public void Law_7_a_task_rebuilt_from_the_tail_of_its_topics_goes_on_as_an_undisturbed_one() => Laws.Hold(LogGen.Orderly, c =>
    {
        LogCase whole = c with { Log = Arrivals.WithinGrace(c, c.Seed) };
        int committed = new Random(c.Seed).Next(whole.Log.Count + 1);
        int sent = 0;
        JoinRun undisturbed = JoinRun.Of(whole, watch: (i, run) => sent = i < committed ? run.Output.Count : sent);

        List<LogRecord> tail = [.. Arrivals.ToRebuild(whole, committed)];
        int known = 0;
        JoinRun rebuilt = JoinRun.Of(
            whole with { Log = [.. tail, .. whole.Log.Skip(committed)] },
            watch: (i, run) => known = i < tail.Count ? run.Output.Count : known);
        return Unequal(undisturbed.Output.Skip(sent).Select(Text), rebuilt.Output.Skip(known).Select(Text));
    });

    [Fact]
    public void Law_7_a_rebuilt_task_leaves_out_no_record_that_an_undisturbed_one_takes() => Laws.Hold(LogGen.Orderly, c =>
    {
        int committed = new Random(c.Seed).Next(c.Log.Count + 1);
        LogCase rebuilt = c with { Log = [.. Arrivals.ToRebuild(c, committed), .. c.Log.Skip(committed)] };
        return Unequal(
            JoinRun.Of(c).Verdicts.Skip(committed).Select(v => v.ToString()),
            JoinRun.Of(rebuilt).Verdicts.TakeLast(c.Log.Count - committed).Select(v => v.ToString()));
    });

    /// <summary>What is left of another account's record: it moves the clock, or not.</summary>
    private static LogRecord Tick(LogRecord record, OracleSettings settings) =>
        new NaiveReading([record], settings).Fates[0] == Fate.Rejected ? record : Clock(record.EventTimeMs);

    /// <summary>Moves stream time and does nothing else: an event of an alert of long ago.</summary>
    private static LogRecord Clock(long atMs) => LogRecord.Of(Some.Alert("clock", 0, accountId: "clock", eventId: "tick") with { UpdatedAtMs = atMs });

    private static Enrichment[] ByAlert(IEnumerable<Enrichment> answers) => [.. answers.OrderBy(e => AlertKey.Of(e).ToString(), StringComparer.Ordinal)];

    /// <summary>Every bit and every word of an answer.</summary>
    private static string Text(Enrichment e) => JsonSerializer.Serialize(e);

    private static string? Unequal(IEnumerable<string> expected, IEnumerable<string> actual)
    {
        (string[] want, string[] got) = ([.. expected], [.. actual]);
        for (int i = 0; i < Math.Max(want.Length, got.Length); i++)
        {
            (string? x, string? y) = (want.ElementAtOrDefault(i), got.ElementAtOrDefault(i));
            if (x != y)
                return $"at {i} expected {x ?? "nothing"}, was {y ?? "nothing"}";
        }
        return null;
    }
}
