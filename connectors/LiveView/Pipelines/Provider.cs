using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Pipelines;

/// <summary>What reports changes, as the page offers it: a pipeline's type, and the template and steps that connect it.</summary>
/// <param name="Id">In the address.</param>
/// <param name="Type">Of the pipeline that is made.</param>
/// <param name="Name">For people.</param>
/// <param name="What">It reports, in a line.</param>
/// <param name="Template">The file to paste; null where there is none.</param>
public sealed record Provider(string Id, IntegrationType Type, string Name, string What, string? Template = null)
{
    /// <summary>The first of a type stands for it where only the type is known.</summary>
    public static IReadOnlyList<Provider> All { get; } =
    [
        new("github", IntegrationType.GITHUB, "GitHub webhook", "Pushes, merges, releases and deployments, without a change to a workflow"),
        new("gitlab", IntegrationType.GITLAB, "GitLab webhook", "Pushes, merges, releases, deployments and feature flags"),
        new("argocd", IntegrationType.ARGOCD, "Argo CD", "Every sync, from its start to its end", "argocd-notifications.yaml"),
        new("cdevents", IntegrationType.CDEVENTS, "CDEvents", "CloudEvents of services and environments, from any tool that speaks them"),
        new("pagerduty", IntegrationType.PAGERDUTY, "PagerDuty change events", "Whatever sends change events to PagerDuty today: only the address changes"),
        new("shell", IntegrationType.API, "Any script", "One HTTP request with curl, around whatever deploys", "send.sh"),
        new("github-actions", IntegrationType.API, "GitHub Actions", "Two steps around the one that deploys: start, end and outcome", "github-actions.yml"),
        new("gitlab-ci", IntegrationType.API, "GitLab CI", "Two calls in the job that deploys", "gitlab-ci.yml"),
        new("jenkins", IntegrationType.API, "Jenkins", "A function for the stage that deploys", "Jenkinsfile"),
        new("kafka", IntegrationType.OTHER, "Straight to Kafka", "A service of yours writes deployment events to the topic itself"),
    ];

    public static Provider? Find(string? id) => All.FirstOrDefault(provider => provider.Id == id);

    public static Provider Of(IntegrationType type) => All.FirstOrDefault(provider => provider.Type == type) ?? All[^1];

    public static string NameOf(IntegrationType type) => type switch
    {
        IntegrationType.API => "HTTP API",
        IntegrationType.OTHER => "Kafka",
        IntegrationType.ALERTMANAGER => "Alertmanager",
        IntegrationType.ILERT => "ilert",
        _ => Of(type).Name,
    };

    /// <summary>Whether its pushes and merges are filtered by branch.</summary>
    public static bool HasBranches(IntegrationType type) => type is IntegrationType.GITHUB or IntegrationType.GITLAB;

    /// <summary>Whether its sender can prove itself besides the key.</summary>
    public static bool TakesSecrets(IntegrationType type) => type is IntegrationType.GITHUB or IntegrationType.GITLAB or IntegrationType.ARGOCD or IntegrationType.CDEVENTS;

    /// <summary>What may stand in the event filters, as the management API has it; nothing where there are none.</summary>
    public static IReadOnlyList<string> EventsOf(IntegrationType type) => type switch
    {
        IntegrationType.GITHUB => ["push", "pull_request", "release", "deployment_status"],
        IntegrationType.GITLAB => ["Push Hook", "Merge Request Hook", "Release Hook", "Deployment Hook", "Feature Flag Hook"],
        IntegrationType.CDEVENTS =>
        [
            "dev.cdevents.service.deployed", "dev.cdevents.service.upgraded", "dev.cdevents.service.rolledback", "dev.cdevents.service.removed",
            "dev.cdevents.service.published", "dev.cdevents.environment.created", "dev.cdevents.environment.modified", "dev.cdevents.environment.deleted",
        ],
        _ => [],
    };
}
