using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.LiveView;

/// <summary>What the page makes of events.</summary>
public sealed class ChangeTests
{
    [Fact]
    public void A_deployment_is_what_its_latest_event_says_that_says_something()
    {
        var trail = DeploymentTrail.Of(
        [
            Some.Deployment(eventId: "2", atMs: Some.Noon + 2) with { Status = DeploymentStatus.SUCCEEDED, Summary = "", Version = "2" },
            Some.Deployment(eventId: "1", atMs: Some.Noon) with { Status = DeploymentStatus.STARTED, Service = "checkout", Version = "1" },
        ]);

        Assert.Equal(DeploymentStatus.SUCCEEDED, trail.Status);
        Assert.Equal("checkout", trail.Service);
        Assert.Equal("2", trail.Version);
        Assert.Equal("deploy d1", trail.Summary);
        Assert.Equal((Some.Noon, Some.Noon + 2), (trail.StartMs, trail.EndMs));
    }

    [Fact]
    public void Of_events_of_one_time_the_one_that_is_further_counts_and_then_the_greater_id()
    {
        var trail = DeploymentTrail.Of(
        [
            Some.Deployment(eventId: "a") with { Status = DeploymentStatus.FAILED, Version = "of a" },
            Some.Deployment(eventId: "z") with { Status = DeploymentStatus.STARTED, Version = "of z" },
            Some.Deployment(eventId: "b") with { Status = DeploymentStatus.FAILED, Version = "of b" },
        ]);

        Assert.Equal((DeploymentStatus.FAILED, "of b"), (trail.Status, trail.Version));
    }

    [Fact]
    public void A_rollback_hours_later_does_not_stretch_a_deployment_and_what_is_after_its_event_is_cut()
    {
        var trail = DeploymentTrail.Of(
        [
            Some.Deployment(eventId: "1") with { StartedAtMs = Some.Noon - Some.Hour, FinishedAtMs = Some.Noon + Some.Hour },
            Some.Deployment(eventId: "2", atMs: Some.Noon + (5 * Some.Hour)) with { Status = DeploymentStatus.ROLLED_BACK },
        ]);

        Assert.Equal((Some.Noon - Some.Hour, Some.Noon), (trail.StartMs, trail.EndMs));
        Assert.Equal(Some.Noon + (5 * Some.Hour), trail.LatestMs);
    }

    [Fact]
    public void A_repeated_event_changes_nothing_and_one_without_its_events_is_gone()
    {
        var e = Some.Deployment(eventId: "1");
        var trail = DeploymentTrail.Of([e]);

        Assert.Same(trail, trail.With(e with { Summary = "another content" }));
        Assert.Equal(2, trail.With(e with { EventId = "2" }).Events.Count);
        Assert.Null(trail.Without("1"));
        Assert.Equal("2", trail.With(e with { EventId = "2" }).Without("1")!.Latest.EventId);
    }

    [Fact]
    public void The_events_of_a_deployment_are_bounded_and_the_latest_stay()
    {
        var trail = DeploymentTrail.Of(Enumerable.Range(0, 1000).Select(i => Some.Deployment(eventId: $"{i:d4}", atMs: Some.Noon + i)));

        Assert.Equal(200, trail.Events.Count);
        Assert.Equal("0999", trail.Latest.EventId);
    }

    [Fact]
    public void Deployments_of_one_commit_are_one_change_and_the_one_that_went_live_stands_for_it()
    {
        DeploymentTrail Of(string id, DeploymentKind kind, long atMs, DeploymentStatus status = DeploymentStatus.SUCCEEDED) =>
            DeploymentTrail.Of([Some.Deployment(id, atMs) with { Kind = kind, Status = status, Repository = "acme/shop", Commit = "c0ffee", Environment = kind == DeploymentKind.DEPLOYMENT ? "production" : null }]);

        DeploymentTrail[] all = [Of("p", DeploymentKind.PUSH, Some.Noon), Of("m", DeploymentKind.MERGE, Some.Noon + 1), Of("d", DeploymentKind.DEPLOYMENT, Some.Noon + 2), Of("r", DeploymentKind.RELEASE, Some.Noon + 3)];
        Assert.Single(all.Select(ChangeKey.Of).Distinct());
        var change = new Change(all);

        Assert.Equal("d", change.Main.Key.DeploymentId);
        Assert.Equal([Stage.PUSHED, Stage.MERGED, Stage.LIVE, Stage.RELEASED], change.Steps.Select(step => step.Stage));
        Assert.Equal(Some.Noon + 3, change.LatestMs);
        Assert.Matches("^c[0-9a-f]{20}$", change.Id);
    }

    [Fact]
    public void A_repository_and_commit_cannot_be_mistaken_for_another_pair_or_for_a_deployment()
    {
        ChangeKey Of(string? repository, string? commit, string id) => ChangeKey.Of(DeploymentTrail.Of([Some.Deployment(id) with { Repository = repository, Commit = commit }]));

        ChangeKey[] keys = [Of("a", "bc", "x"), Of("ab", "c", "x"), Of(null, "c", "x"), Of("ab", null, "y"), Of(null, null, "1"), Of("1", "1", "z")];

        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.Equal(keys.Length, keys.Select(key => key.Id).Distinct().Count());
    }

    [Theory]
    [InlineData(null, null, null, "24h")]
    [InlineData("7d", null, null, "7d")]
    public void A_time_is_the_last_hours_or_from_one_to_another(string? since, string? from, string? to, string expected) =>
        Assert.Equal(expected, TimeRange.Of(since, from, to, Some.Noon).Since);

    [Theory]
    [InlineData("2h", null, null, "since is \"2h\"")]
    [InlineData(null, "yesterday", null, "from is \"yesterday\"")]
    [InlineData(null, "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", "from must be before to")]
    [InlineData(null, "2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "a year apart")]
    public void A_time_that_cannot_be_is_told(string? since, string? from, string? to, string message) =>
        Assert.Contains(message, Assert.Throws<StreamDeploy.Connectors.LiveView.BadQueryException>(() => TimeRange.Of(since, from, to, Some.Noon)).Message, StringComparison.Ordinal);
}
