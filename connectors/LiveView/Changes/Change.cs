using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace StreamDeploy.Connectors.LiveView.Changes;

/// <summary>What tells changes apart: repository and commit where both are known, else the deployment itself.</summary>
public readonly record struct ChangeKey(string Text)
{
    // A control character, which neither a repository nor an id of ours holds.
    private const char Between = '\u001f';

    public static ChangeKey Of(DeploymentTrail deployment) => deployment is { Repository: { } repository, Commit: { } commit }
        ? new($"c{Between}{repository}{Between}{commit}")
        : new(string.Create(CultureInfo.InvariantCulture, $"d{Between}{deployment.Key.PipelineId}{Between}{deployment.Key.DeploymentId}"));

    /// <summary>For the page's ids: letters and digits, the same in every process.</summary>
    public string Id => "c" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)).AsSpan(0, 10));
}

/// <summary>One change: all deployments of one commit (a push, its merge, its release, its deployment to production), or a deployment by itself.</summary>
/// <remarks>Immutable.</remarks>
public sealed class Change
{
    /// <param name="deployments">Of one key; at least one.</param>
    public Change(IEnumerable<DeploymentTrail> deployments)
    {
        // As the join chooses the one that stands for the change, but for what only an alert tells.
        Deployments =
        [
            .. deployments.OrderByDescending(d => d.IsLive).ThenByDescending(d => d.EndMs).ThenBy(d => d.Key.DeploymentId, StringComparer.Ordinal).ThenBy(d => d.Key.PipelineId),
        ];
        Key = ChangeKey.Of(Main);
        Id = Key.Id;
        StartMs = Deployments.Min(d => d.StartMs);
        EndMs = Deployments.Max(d => d.EndMs);
        LatestMs = Deployments.Max(d => d.LatestMs);
    }

    public ChangeKey Key { get; }

    /// <summary>In the page and its addresses.</summary>
    public string Id { get; }

    /// <summary>The one that stands for the change first.</summary>
    public IReadOnlyList<DeploymentTrail> Deployments { get; }

    /// <summary>The one that stands for it.</summary>
    public DeploymentTrail Main => Deployments[0];

    public long StartMs { get; }

    /// <summary>Its end so far where a part of it is running.</summary>
    public long EndMs { get; }

    /// <summary>When the last was heard of it: what the list is ordered by.</summary>
    public long LatestMs { get; }

    public bool IsRunning => Deployments.Any(d => d.IsRunning);

    public string Summary => Main.Summary.Length > 0 ? Main.Summary : Main.Key.DeploymentId;

    public string? Service => Main.Service ?? Said(d => d.Service);

    public string? Environment => Main.Environment;

    public string? Version => Main.Version ?? Said(d => d.Version);

    /// <summary>What has become of it, step by step, oldest first.</summary>
    public IReadOnlyList<LifeStep> Steps => LifeStep.Of(this);

    /// <summary>The newest first; ties by key, so that pages agree.</summary>
    public static readonly Comparer<Change> NewestFirst = Comparer<Change>.Create(static (a, b) =>
        a.LatestMs != b.LatestMs ? b.LatestMs.CompareTo(a.LatestMs) : string.CompareOrdinal(a.Key.Text, b.Key.Text));

    private string? Said(Func<DeploymentTrail, string?> what) => Deployments.Select(what).FirstOrDefault(text => text is not null);
}
