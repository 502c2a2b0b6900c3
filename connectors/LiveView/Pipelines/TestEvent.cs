using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.LiveView.Pipelines;

/// <summary>Lines for a shell that send a pipeline a first event, so that one sees whether the way is open before a tool is set up.</summary>
/// <remarks>Only what the ingest itself named stands in them, no text of an account's: they are pasted into a shell.</remarks>
public static class TestEvent
{
    private const string KeyMark = "{integrationKey}";
    private const string Commit = "1111111111111111111111111111111111111111";

    /// <param name="type">Of the pipeline.</param>
    /// <param name="url">Its integrationUrl, with its key or a mark in its place.</param>
    /// <param name="key">Null where it is not known: the reader puts it in.</param>
    /// <param name="isSigned">Whether deliveries must prove where they come from.</param>
    /// <param name="secret">Null where it is not known.</param>
    /// <returns>Null where events do not come over HTTP, or the address is not known.</returns>
    public static string? LinesFor(IntegrationType type, string? url, string? key, bool isSigned, string? secret)
    {
        if (url is null || BodyOf(type) is not { } body)
            return null;
        var address = (key is null ? url : url.Replace(key, KeyMark, StringComparison.Ordinal)).Replace(KeyMark, "$KEY", StringComparison.Ordinal);
        string[] lines =
        [
            $"KEY={Quoted(key ?? "the integration key")}",
            .. isSigned ? [$"SECRET={Quoted(secret ?? "the signing secret")}"] : (IEnumerable<string>)[],
            $"BODY={body}",
            $"curl -i \"{address}\" {string.Join(' ', HeadersOf(type, isSigned).Prepend("Content-Type: application/json").Select(header => $"-H \"{header}\""))} -d \"$BODY\"",
        ];
        return string.Join('\n', lines);
    }

    private static string? BodyOf(IntegrationType type) => type switch
    {
        IntegrationType.API => """'{"summary":"A test event","service":"test","environment":"test"}'""",
        IntegrationType.GITHUB => "'{\"ref\":\"refs/heads/main\",\"after\":\"" + Commit + "\",\"head_commit\":{\"message\":\"A test event\"},\"repository\":{\"full_name\":\"test/test\"}}'",
        IntegrationType.GITLAB => "'{\"ref\":\"refs/heads/main\",\"after\":\"" + Commit + "\",\"commits\":[{\"id\":\"" + Commit + "\",\"title\":\"A test event\"}],\"project\":{\"path_with_namespace\":\"test/test\"}}'",
        IntegrationType.ARGOCD => "\"{\\\"app\\\":{\\\"metadata\\\":{\\\"name\\\":\\\"test\\\"},\\\"status\\\":{\\\"operationState\\\":{\\\"phase\\\":\\\"Running\\\",\\\"startedAt\\\":\\\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\\\"}}}}\"",
        IntegrationType.CDEVENTS => """'{"subject":{"id":"test","content":{"environment":{"id":"test"}}}}'""",
        IntegrationType.PAGERDUTY => """'{"routing_key":"'"$KEY"'","payload":{"summary":"A test event"}}'""",
        _ => null,
    };

    private static string[] HeadersOf(IntegrationType type, bool isSigned) => type switch
    {
        IntegrationType.API => ["Authorization: Bearer $KEY"],
        IntegrationType.GITHUB =>
        [
            "X-GitHub-Event: push", "X-GitHub-Delivery: test-$(date +%s)",
            .. isSigned ? ["X-Hub-Signature-256: sha256=$(printf %s \"$BODY\" | openssl dgst -sha256 -hmac \"$SECRET\" -r | cut -d' ' -f1)"] : (IEnumerable<string>)[],
        ],
        IntegrationType.GITLAB => ["X-Gitlab-Event: Push Hook", "Idempotency-Key: test-$(date +%s)", .. isSigned ? ["X-Gitlab-Token: $SECRET"] : (IEnumerable<string>)[]],
        IntegrationType.ARGOCD => isSigned ? ["Authorization: Bearer $SECRET"] : [],
        IntegrationType.CDEVENTS =>
        [
            "ce-specversion: 1.0", "ce-id: test-$(date +%s)", "ce-source: test", "ce-type: dev.cdevents.service.deployed.0.2.0", .. isSigned ? ["Authorization: Bearer $SECRET"] : (IEnumerable<string>)[],
        ],
        _ => [],
    };

    private static string Quoted(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
