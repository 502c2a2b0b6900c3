using System.Text;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Webhooks;

public sealed class CatalogTests : IDisposable
{
    private const string Key = "0123456789abcdef";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("catalog");

    public void Dispose() => _folder.Delete(recursive: true);

    private static string? Environment(string name) => name switch { "SET" => "fedcba9876543210", "EMPTY" => "", _ => null };

    private Catalog Parse(string yaml) => Catalog.Parse(yaml, Path.Combine(_folder.FullName, "catalog.yaml"), Environment);

    private string[] ProblemsOf(string yaml)
    {
        var prefix = Path.Combine(_folder.FullName, "catalog.yaml") + ":";
        var lines = Assert.Throws<CatalogException>(() => Parse(yaml)).Message.Split('\n');
        Assert.All(lines, line => Assert.StartsWith(prefix, line, StringComparison.Ordinal));
        return [.. lines.Select(line => line[prefix.Length..])];
    }

    [Fact]
    public void Every_entity_is_read()
    {
        var catalog = Parse($$"""
            accounts:
              - accountId: acme
                name: Acme Corp
                before: 1h30m
                validFrom: 2026-01-01T12:00:00Z
                teams:
                  - {id: 1, name: Payments}
                  - {id: 2, name: Platform, validFrom: 2026-01-01}
                escalationPolicies:
                  - {id: 4, name: On call, teamIds: [1]}
                alertSources:
                  - {id: 5, name: Monitoring, integrationKey: {{Key}}, teamIds: [1, 2], escalationPolicyId: 4}
                deploymentPipelines:
                  - id: 6
                    name: checkout
                    integrationType: GITHUB
                    integrationKey: env:SET
                    signingSecrets: [It's a Secret to Everybody, env:SET]
                    teamIds: [2]
                    shared: true
                    branchFilters: [main, "release/*"]
                    eventFilters: [push]
                    before: 24h
                    service: "{repository}"
                  - {id: 7, name: in house, integrationType: OTHER}
              - accountId: other
            """);

        Assert.Equal(
            [
                new Account { AccountId = "acme", Name = "Acme Corp", BeforeMs = 90 * Some.Minute, ValidFromMs = Some.Noon },
                new Account { AccountId = "other" },
            ],
            catalog.Accounts);
        Assert.Equal(
            [
                new Team { AccountId = "acme", Id = 1, Name = "Payments" },
                new Team { AccountId = "acme", Id = 2, Name = "Platform", ValidFromMs = Some.Noon - 12 * Some.Hour },
            ],
            catalog.Teams);
        var policy = Assert.Single(catalog.EscalationPolicies);
        Assert.Equal(("acme", 4L, "On call", "1"), (policy.AccountId, policy.Id, policy.Name, string.Join(',', policy.TeamIds)));
        var source = Assert.Single(catalog.AlertSources).Record;
        Assert.Equal(("acme", 5L, IntegrationType.API, 4L, "1,2"), (source.AccountId, source.Id, source.IntegrationType, source.EscalationPolicyId, string.Join(',', source.TeamIds)));
        // sha256sum of the key
        Assert.Equal("9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f", source.IntegrationKeyHash);

        Assert.Equal([6L, 7L], catalog.DeploymentPipelines.Select(p => p.Record.Id));
        var pipeline = catalog.DeploymentPipelines[0];
        Assert.Equal(IntegrationKey.Hash("fedcba9876543210"), pipeline.Record.IntegrationKeyHash);
        Assert.Empty(pipeline.Record.SigningSecrets);
        Assert.Equal(["It's a Secret to Everybody", "fedcba9876543210"], pipeline.SigningSecrets.Select(secret => Encoding.UTF8.GetString(secret.Bytes!)));
        Assert.Equal(["main", "release/*"], pipeline.Record.BranchFilters);
        Assert.Equal(["push"], pipeline.Record.EventFilters);
        Assert.True(pipeline.Record.Shared);
        Assert.Equal(24 * Some.Hour, pipeline.Record.BeforeMs);
        Assert.Equal("checkout", pipeline.ServiceOf("acme/checkout"));
        Assert.Null(catalog.DeploymentPipelines[1].Record.IntegrationKeyHash);
    }

    [Fact]
    public void Json_is_read_too() => Assert.Equal(
        "acme", Assert.Single(Parse($$"""{"accounts": [{"accountId": "acme", "alertSources": [{"id": 1, "name": "m", "integrationKey": "{{Key}}"}]}]}""").Accounts).AccountId);

    [Fact]
    public void A_key_may_be_in_a_file_beside_the_catalog()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "key"), Key + "\n");

        var catalog = Parse("accounts: [{accountId: acme, alertSources: [{id: 1, name: m, integrationKey: 'file:key'}]}]");

        Assert.Equal(IntegrationKey.Hash(Key), catalog.AlertSources[0].Record.IntegrationKeyHash);
    }

    [Theory]
    [InlineData("", "1: is empty")]
    [InlineData("a: [", "is not YAML")]
    [InlineData("a: 1\na: 2", "is not YAML")]
    [InlineData("- 1", "1: must be a mapping")]
    [InlineData("--- {accounts: []}\n--- {accounts: []}", "must hold one YAML document")]
    [InlineData("acounts: []", "acounts: is not known here")]
    [InlineData("accounts: []", "1: accounts: is missing or empty")]
    [InlineData("accounts: {accountId: acme}", "1: accounts: must be a list")]
    [InlineData("accounts: [acme]", "1: accounts[0]: must be a mapping")]
    [InlineData("accounts:\n  - name: Acme", "2: accounts[0].accountId: is missing")]
    [InlineData("accounts:\n  - accountId: [acme]", "2: accounts[0].accountId: must be a text")]
    [InlineData("accounts:\n  - accountId: a\n  - accountId: a", "3: accounts[1].accountId: a second account 'a'")]
    [InlineData("accounts:\n  - accountId: a\n    befor: 2h", "3: accounts[0].befor: is not known here")]
    [InlineData("accounts:\n  - accountId: a\n    before: 0m", "3: accounts[0].before: must be a duration greater than 0")]
    [InlineData("accounts:\n  - accountId: a\n    before: -2h", "3: accounts[0].before: must be a duration greater than 0")]
    [InlineData("accounts:\n  - accountId: a\n    before: 120", "3: accounts[0].before: must be a duration greater than 0")]
    [InlineData("accounts:\n  - accountId: a\n    validFrom: soon", "3: accounts[0].validFrom: must be a time")]
    public void What_is_wrong_with_the_file_or_an_account_is_named(string yaml, string problem) =>
        Assert.Contains(ProblemsOf(yaml), line => line.Contains(problem, StringComparison.Ordinal));

    [Theory]
    [InlineData("teams: [{name: x}]", "teams[0].id: is missing")]
    [InlineData("teams: [{id: 1}]", "teams[0].name: is missing")]
    [InlineData("teams: [{id: '1', name: x}]", "teams[0].id: must be a whole number greater than 0")]
    [InlineData("teams: [{id: 0, name: x}]", "teams[0].id: must be a whole number greater than 0")]
    [InlineData("teams: [{id: 1.5, name: x}]", "teams[0].id: must be a whole number greater than 0")]
    [InlineData("teams: [{id: 9, name: x}]", "teams[1].id: a second entry 9 in teams")]
    [InlineData("escalationPolicies: [{id: 1, name: x, teamIds: [9, 8]}]", "escalationPolicies[0].teamIds[1]: there is no team 8 in this account")]
    [InlineData("escalationPolicies: [{id: 1, name: x, teamIds: [9, 9]}]", "escalationPolicies[0].teamIds[1]: 9 stands in the list twice")]
    [InlineData("escalationPolicies: [{id: 1, name: x, teamIds: 9}]", "escalationPolicies[0].teamIds: must be a list")]
    [InlineData("alertSources: [{id: 1, name: x}]", "alertSources[0].integrationKey: is missing")]
    [InlineData("alertSources: [{id: 1, name: x, integrationKey: short}]", "alertSources[0].integrationKey: must be 16 to 200")]
    [InlineData("alertSources: [{id: 1, name: x, integrationKey: 'has a space in it'}]", "alertSources[0].integrationKey: must be 16 to 200")]
    [InlineData("alertSources: [{id: 1, name: x, integrationKey: 'env:UNSET'}]", "alertSources[0].integrationKey: the environment variable 'UNSET' is not set or empty")]
    [InlineData("alertSources: [{id: 1, name: x, integrationKey: 'env:EMPTY'}]", "alertSources[0].integrationKey: the environment variable 'EMPTY' is not set or empty")]
    [InlineData("alertSources: [{id: 1, name: x, integrationKey: 'file:none'}]", "cannot be read: FileNotFoundException")]
    [InlineData("alertSources: [{id: 1, name: x, integrationKey: 'env:SET', escalationPolicyId: 3}]", "alertSources[0].escalationPolicyId: there is no escalation policy 3")]
    [InlineData("alertSources: [{id: 1, name: x, integrationKey: 'env:SET', integrationType: GITHUB}]", "alertSources[0].integrationType: must be one of API, ALERTMANAGER, ILERT, OTHER")]
    [InlineData("alertSources: [{id: 1, name: x, integrationKey: 'env:SET', signingSecrets: [s]}]", "alertSources[0].signingSecrets: is for webhooks of ALERTMANAGER, ILERT; this source is API")]
    [InlineData("alertSources: [{id: 1, name: x, integrationKey: 'env:SET', integrationType: OTHER}]", "alertSources[0].integrationKey: is for events that come over HTTP")]
    [InlineData("deploymentPipelines: [{id: 1, name: x, integrationKey: 'env:SET', integrationType: ILERT}]", "deploymentPipelines[0].integrationType: must be one of API, GITHUB, GITLAB, ARGOCD, CDEVENTS, PAGERDUTY, OTHER")]
    [InlineData("deploymentPipelines: [{id: 1, name: x, integrationKey: 'env:SET', service: '{app}'}]", "deploymentPipelines[0].service: {app} stands for the application of an ARGOCD pipeline")]
    [InlineData("deploymentPipelines: [{id: 1, name: x, integrationKey: 'env:SET', integrationType: GITLAB, signingSecrets: ['whsec_?']}]", "signingSecrets[0]: begins with whsec_, but does not go on in base64")]
    [InlineData("deploymentPipelines: [{id: 1, name: x, integrationKey: 'env:SET', before: 0s}]", "deploymentPipelines[0].before: must be a duration greater than 0")]
    [InlineData("deploymentPipelines: [{id: 1, name: x, integrationKey: 'env:SET', shared: yes}]", "deploymentPipelines[0].shared: must be true or false")]
    [InlineData("deploymentPipelines: [{id: 1, name: x, integrationKey: 'env:SET', branchFilters: [main]}]", "deploymentPipelines[0].branchFilters: is for GITHUB and GITLAB pipelines")]
    [InlineData("deploymentPipelines: [{id: 1, name: x, integrationKey: 'env:SET', integrationType: CDEVENTS, branchFilters: [main]}]", "deploymentPipelines[0].branchFilters: is for GITHUB and GITLAB pipelines")]
    [InlineData("deploymentPipelines: [{id: 1, name: x, integrationKey: 'env:SET', integrationType: ARGOCD, eventFilters: [x]}]", "deploymentPipelines[0].eventFilters: is for GITHUB, GITLAB and CDEVENTS pipelines")]
    [InlineData("deploymentPipelines: [{id: 1, name: x, integrationKey: 'env:SET', integrationType: CDEVENTS, eventFilters: [x]}]", "deploymentPipelines[0].eventFilters[0]: must be one of dev.cdevents.service.deployed")]
    [InlineData("deploymentPipelines: [{id: 1, name: x, integrationKey: 'env:SET', signingSecrets: [s]}]", "deploymentPipelines[0].signingSecrets: is for webhooks of GITHUB, GITLAB")]
    [InlineData("deploymentPipelines: [{id: 1, name: x, integrationKey: 'env:SET', integrationType: PAGERDUTY, signingSecrets: [s]}]", "deploymentPipelines[0].signingSecrets: is for webhooks of GITHUB, GITLAB, ARGOCD, CDEVENTS")]
    [InlineData("deploymentPipelines: [{id: 1, name: x, integrationKey: 'env:SET', integrationType: GITHUB, eventFilters: [deploy]}]", "deploymentPipelines[0].eventFilters[0]: must be one of push")]
    [InlineData("deploymentPipelines: [{id: 1, name: x, integrationKey: 'env:SET', integrationType: GITLAB, eventFilters: [push]}]", "deploymentPipelines[0].eventFilters[0]: must be one of Push Hook")]
    [InlineData("deploymentPipelines: [{id: 1, name: x, integrationKey: 'env:SET', integrationType: GITHUB, signingSecrets: ['env:UNSET']}]", "deploymentPipelines[0].signingSecrets[0]: the environment variable")]
    [InlineData("deploymentPipelines: [{id: 1, name: x, integrationKey: 'env:SET', integrationType: GITHUB, signingSecrets: ['']}]", "deploymentPipelines[0].signingSecrets[0]: must be a text")]
    [InlineData("deploymentPipelines: [{id: 1, name: x, integrationKey: 'env:SET', signingSecret: s}]", "deploymentPipelines[0].signingSecret: is not known here")]
    public void What_is_wrong_with_an_entity_is_named(string entity, string problem)
    {
        var yaml = "accounts:\n  - accountId: acme\n    " + (entity.StartsWith("teams", StringComparison.Ordinal)
            ? entity.Replace("[", "[{id: 9, name: Nine}, ", StringComparison.Ordinal).Replace("teams[0]", "teams[1]", StringComparison.Ordinal)
            : "teams: [{id: 9, name: Nine}]\n    " + entity);
        var line = yaml.Count(c => c == '\n') + 1;
        problem = problem.Replace("teams[0]", "teams[1]", StringComparison.Ordinal);

        Assert.Contains(ProblemsOf(yaml), found =>
            found.StartsWith($"{line}: accounts[0].", StringComparison.Ordinal) && found.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void A_key_belongs_to_one_pipeline_or_source()
    {
        var problems = ProblemsOf($$"""
            accounts:
              - accountId: acme
                alertSources: [{id: 1, name: m, integrationKey: {{Key}}}]
              - accountId: other
                deploymentPipelines:
                  - {id: 1, name: a, integrationKey: env:SET}
                  - {id: 2, name: b, integrationKey: {{Key}}}
                  - {id: 3, name: c, integrationKey: env:SET}
            """);

        Assert.Equal(
            [
                "7: accounts[1].deploymentPipelines[1].integrationKey: is the key of accounts[0].alertSources[0].integrationKey already",
                "8: accounts[1].deploymentPipelines[2].integrationKey: is the key of accounts[1].deploymentPipelines[0].integrationKey already",
            ],
            problems);
    }

    [Fact]
    public void All_problems_are_told_at_once_and_no_secret_with_them()
    {
        var problems = ProblemsOf("""
            accounts:
              - accountId: acme
                colour: red
                alertSources:
                  - {id: 1, name: m, integrationKey: not-a-long-key}
                  - {id: x, name: n, integrationKey: "!!!!!!!!!!!!!!!!!!!!!!"}
            """);

        Assert.Equal(4, problems.Length);
        Assert.DoesNotContain(problems, line => line.Contains("not-a-long-key", StringComparison.Ordinal) || line.Contains("!!!", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        var path = Path.Combine(_folder.FullName, "none.yaml");

        Assert.StartsWith(path + ": the catalog cannot be read", Assert.Throws<CatalogException>(() => Catalog.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_is_a_catalog()
    {
        var example = Path.Combine(RepositoryRoot(), "docker", "catalog.example.yaml");

        var catalog = Catalog.Load(example, name => "a-key-for-" + name);

        Assert.Equal(7, catalog.DeploymentPipelines.Count);
        Assert.Equal(3, catalog.AlertSources.Count);
    }

    private static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "StreamDeploy.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("StreamDeploy.sln was not found above " + AppContext.BaseDirectory);
    }
}
