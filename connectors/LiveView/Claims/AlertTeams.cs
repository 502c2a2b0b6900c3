using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Claims;

/// <summary>Whose an alert is, by an account's tables as they are now.</summary>
public static class AlertTeams
{
    /// <summary>The teams of an alert of the source that names none itself: the source's, and those of its escalation policy.</summary>
    public static IReadOnlyList<long> Of(Entries entries, AlertSource source) =>
        [.. source.TeamIds.Concat(entries.Policies.FirstOrDefault(policy => policy.Id == source.EscalationPolicyId)?.TeamIds ?? []).Distinct().Order()];
}
