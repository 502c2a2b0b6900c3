using global::Samples;
using streamdeploy;

namespace StreamDeploy.Tests.Samples;

public sealed class LatestAnswersTests
{
    private static readonly DateTime Noon = DateTime.UnixEpoch.AddMilliseconds(Some.Noon);

    [Fact]
    public void A_version_is_handled_once_and_none_that_is_older_than_the_last()
    {
        var latest = new LatestAnswers();

        Assert.True(latest.Take(Answer(revision: 1)));
        Assert.False(latest.Take(Answer(revision: 1)));
        Assert.True(latest.Take(Answer(revision: 3)));
        Assert.False(latest.Take(Answer(revision: 2)));
        Assert.False(latest.Take(Answer(revision: 2, settled: true)));
        Assert.True(latest.Take(Answer(revision: 3, settled: true)));
        Assert.False(latest.Take(Answer(revision: 3)));
    }

    [Fact]
    public void Another_account_another_alert_and_the_same_alert_at_another_time_are_apart()
    {
        var latest = new LatestAnswers();
        latest.Take(Answer(revision: 9));

        Assert.True(latest.Take(Answer(revision: 1, accountId: "other")));
        Assert.True(latest.Take(Answer(revision: 1, alertId: "a2")));
        Assert.True(latest.Take(Answer(revision: 1, at: Noon.AddDays(1))));
    }

    [Fact]
    public void Only_so_many_alerts_are_remembered_and_the_oldest_is_forgotten()
    {
        var latest = new LatestAnswers(alertsMax: 2);

        Assert.True(latest.Take(Answer(revision: 1, alertId: "a1")));
        Assert.True(latest.Take(Answer(revision: 1, alertId: "a2")));
        Assert.True(latest.Take(Answer(revision: 1, alertId: "a3")));

        Assert.False(latest.Take(Answer(revision: 1, alertId: "a2")));
        Assert.False(latest.Take(Answer(revision: 1, alertId: "a3")));
        Assert.True(latest.Take(Answer(revision: 1, alertId: "a1")));
    }

    private static Enrichment Answer(long revision, bool settled = false, string accountId = "acme", string alertId = "a1", DateTime? at = null) =>
        new() { accountId = accountId, alertId = alertId, alertOccurredAt = at ?? Noon, revision = revision, settled = settled };
}
