using StreamDeploy.Schemas;
using StreamDeploy.Tests;
using StreamDeploy.Tests.Topology.Oracle;

namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>A check that cannot fail proves nothing.</summary>
public sealed class AnswerCheckTests
{
    private static readonly LogRecord[] Log =
    [
        LogRecord.Of(Some.Deployment("d1", Some.Noon - Some.Minute)),
        LogRecord.Of(Some.Alert("a1", Some.Noon)),
        LogRecord.Of(Some.Deployment("d2", Some.Noon + Some.Minute)),
        LogRecord.Of(Some.Alert("a2", Some.Noon + 2 * Some.Minute)),
    ];

    private static readonly IReadOnlyDictionary<AlertKey, Enrichment> Expected = NaiveOracle.Settled(Log, [], new());

    /// <summary>What an undisturbed run gives: first answers, a change, settled ones.</summary>
    private static readonly IReadOnlyList<Enrichment> Undisturbed = NaiveOracle.Emissions(Log, [], new());

    [Fact]
    public void An_undisturbed_run_is_flawless()
    {
        var check = Check(Undisturbed);
        Assert.True(check.IsFlawless);
        Assert.True(check.AllSettled);
        Assert.Equal((5, 2), (check.Answers, check.SettledAlerts));
    }

    [Fact]
    public void The_same_revision_twice_is_a_duplicate() => Finds([Flaw.Duplicate], [Undisturbed[0], .. Undisturbed]);

    [Fact]
    public void The_settled_answer_twice_is_a_duplicate_and_comes_after_the_settled_one() =>
        Finds([Flaw.Duplicate, Flaw.AfterSettled], [.. Undisturbed, Undisturbed[^1]]);

    [Fact]
    public void Nothing_may_come_after_the_settled_answer() =>
        Finds([Flaw.AfterSettled], [.. Undisturbed, Undisturbed[0] with { Revision = 99 }]);

    [Fact]
    public void A_revision_may_not_go_back() => Finds([Flaw.RevisionBack], [Undisturbed[1], Undisturbed[0], .. Undisturbed.Skip(2)]);

    [Fact]
    public void A_settled_answer_that_differs_from_the_oracles_is_found() =>
        Finds([Flaw.Different], [.. Undisturbed.SkipLast(1), Undisturbed[^1] with { Considered = 7 }]);

    [Fact]
    public void An_alert_without_a_first_answer_is_found() => Finds([Flaw.NoFirst], [.. Undisturbed.Where(a => a.AlertId != "a2" || a.Settled)]);

    [Fact]
    public void An_alert_without_a_settled_answer_is_found()
    {
        var check = Finds([Flaw.NoSettled], [.. Undisturbed.SkipLast(1)]);
        Assert.False(check.AllSettled);
    }

    [Fact]
    public void An_alert_without_any_answer_is_found() => Finds([Flaw.NoFirst, Flaw.NoSettled], [.. Undisturbed.Where(a => a.AlertId != "a1")]);

    [Fact]
    public void An_answer_that_nobody_asked_for_is_found() => Finds([Flaw.Unexpected], [.. Undisturbed, Undisturbed[0] with { AlertId = "other" }]);

    [Fact]
    public void Another_raising_of_the_alert_is_another_alert() =>
        Finds([Flaw.Unexpected], [.. Undisturbed, Undisturbed[0] with { AlertOccurredAtMs = Some.Noon + 1 }]);

    [Fact]
    public void A_dead_letter_is_a_flaw()
    {
        var check = Check(Undisturbed);
        check.TakeDeadLetter("LATE: d1");
        Assert.False(check.IsFlawless);
        Assert.Equal(["LATE: d1"], check.Examples(Flaw.DeadLetter));
    }

    private static AnswerCheck Finds(Flaw[] flaws, IReadOnlyList<Enrichment> answers)
    {
        var check = Check(answers);
        Assert.False(check.IsFlawless);
        Assert.Equal(flaws, Enum.GetValues<Flaw>().Where(f => check.Count(f) == 1));
        Assert.All(Enum.GetValues<Flaw>(), f => Assert.Equal(check.Count(f), check.Examples(f).Count));
        return check;
    }

    private static AnswerCheck Check(IReadOnlyList<Enrichment> answers)
    {
        var check = new AnswerCheck(Expected);
        foreach (var answer in answers)
            check.Take(answer);
        check.Finish();
        return check;
    }
}
