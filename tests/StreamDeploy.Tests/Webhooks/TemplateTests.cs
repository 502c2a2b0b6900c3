using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using StreamDeploy.Schemas;
using static StreamDeploy.Tests.Webhooks.IngestWorld;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>The files of docker/templates do what they say, run as their CI would run them.</summary>
[Collection(IngestTestGroup.Name)]
public sealed partial class TemplateTests(IngestBroker broker)
{
    private const string WrongKey = "a-key-of-nobody-at-all";

    private static readonly string[] Messages =
    [
        "Charge \"once\", don't `touch pwned` $(touch pwned) $HOME ${HOME} %s %0A \\n \\\\ \\",
        "Charge once\n\n\"Retries\" charged twice: $(touch pwned)'\\",
        "Tab\tand \u0001bell\u0007 and \u001b[31mred",
        "Ümläut 🚀 </script> ${{ secrets.STREAMDEPLOY_KEY }} ::error::no",
        "-n",
        "'; touch pwned; '\"; touch pwned; \"",
        "",
    ];

    [ShellTheory]
    [MemberData(nameof(CiJob.Templates), MemberType = typeof(CiJob))]
    public async Task A_deployment_is_told_before_and_after(string template)
    {
        await using var world = await StartAsync(broker);
        using var job = new CiJob(template, world.Ingest.Address.ToString());
        await job.CheckOutAsync();

        var (start, end) = (await job.StartAsync(), await job.EndAsync());

        Assert.Equal((0, 0), (start.ExitCode, end.ExitCode));
        Assert.Contains("StreamDeploy was told: STARTED", start.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(PipelineKey, start.Log + end.Log, StringComparison.Ordinal);
        var (id, repository, name, email, link) = template switch
        {
            CiJob.GitHub => ("github/4711/2/checkout/production", "acme/checkout", "ada", null, "https://github.com/acme/checkout/actions/runs/4711"),
            CiJob.GitLab => ("gitlab/12/4711", "acme/shop/checkout", "Ada \"the\" Countess", "ada@acme.example", "https://gitlab.acme.example/acme/shop/checkout/-/jobs/4711"),
            CiJob.Jenkins => (
                "jenkins-checkout-main-17/checkout/production", "acme/checkout", "Ada \"the\" Countess", "ada@acme.example",
                "https://jenkins.acme.example/job/checkout/job/main/17/"),
            _ => ("run-17", "acme/checkout", "Ada \"the\" Countess", "ada@acme.example", "https://acme.example/runs/17"),
        };
        var deployments = await world.DeploymentsAsync();
        Assert.Equal([(DeploymentStatus.STARTED, id + "/STARTED"), (DeploymentStatus.SUCCEEDED, id + "/SUCCEEDED")], deployments.Select(each => (each.Status, each.EventId)));
        foreach (var deployment in deployments)
        {
            Assert.Equal(("acme", 1L, DeploymentKind.DEPLOYMENT, id), (deployment.AccountId, deployment.PipelineId, deployment.Kind, deployment.DeploymentId));
            Assert.Equal(("checkout", "production", null, CiJob.Commit), (deployment.Service, deployment.Environment, deployment.Version, deployment.Commit));
            Assert.Equal((repository, "main", name, email), (deployment.Repository, deployment.Branch, deployment.Author?.Name, deployment.Author?.Email));
            Assert.Equal("Deploy checkout to production: Charge once", deployment.Summary);
            Assert.Equal((link, "deployment run"), Assert.Single(deployment.Links) is var only ? (only.Href, only.Text) : default);
        }
    }

    [ShellTheory]
    [InlineData(CiJob.GitHub, "failure", DeploymentStatus.FAILED)]
    [InlineData(CiJob.GitHub, "cancelled", DeploymentStatus.CANCELLED)]
    [InlineData(CiJob.GitLab, "failure", DeploymentStatus.FAILED)]
    [InlineData(CiJob.GitLab, "cancelled", DeploymentStatus.CANCELLED)]
    [InlineData(CiJob.Jenkins, "failure", DeploymentStatus.FAILED)]
    [InlineData(CiJob.Jenkins, "cancelled", DeploymentStatus.CANCELLED)]
    [InlineData(CiJob.Shell, "failure", DeploymentStatus.FAILED)]
    public async Task The_end_says_how_it_went(string template, string outcome, DeploymentStatus status)
    {
        await using var world = await StartAsync(broker);
        using var job = new CiJob(template, world.Ingest.Address.ToString());
        await job.StartAsync();

        await job.EndAsync(outcome);

        Assert.Equal([DeploymentStatus.STARTED, status], (await world.DeploymentsAsync()).Select(each => each.Status));
    }

    [ShellTheory]
    [MemberData(nameof(CiJob.Templates), MemberType = typeof(CiJob))]
    public async Task No_commit_message_gets_out_of_its_text(string template)
    {
        await using var world = await StartAsync(broker);
        foreach (var message in Messages)
        {
            using var job = new CiJob(template, world.Ingest.Address.ToString(), message: message);
            await job.CheckOutAsync();

            var run = await job.StartAsync();

            Assert.True(run.Log.Contains("StreamDeploy was told: STARTED", StringComparison.Ordinal), run.Log);
            Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(job.Workspace), entry => Path.GetFileName(entry) == "pwned");
        }

        var titles = Messages.Select(message => new string([.. message.Split('\n')[0].Select(c => c < ' ' ? ' ' : c)]));
        var summaries = titles.Select(title => "Deploy checkout to production" + (title.Length > 0 ? ": " + title : ""));
        Assert.Equal(summaries, (await world.DeploymentsAsync()).Select(each => each.Summary));
    }

    [ShellFact("bash")]
    public async Task GitLab_s_script_runs_in_bash_as_well()
    {
        await using var world = await StartAsync(broker);
        using var job = new CiJob(CiJob.GitLab, world.Ingest.Address.ToString(), message: Messages[0]) { GitLabShell = "bash" };

        await job.StartAsync();

        Assert.Equal("Deploy checkout to production: " + Messages[0], Assert.Single(await world.DeploymentsAsync()).Summary);
    }

    [ShellTheory]
    [InlineData(CiJob.GitHub, "GITHUB_REF_NAME", "GITHUB_REF_TYPE", "tag")]
    [InlineData(CiJob.GitLab, "CI_COMMIT_TAG", "CI_COMMIT_BRANCH", "")]
    [InlineData(CiJob.Jenkins, "TAG_NAME", "BRANCH_NAME", "v2.31")]
    public async Task A_tag_is_the_version_and_no_branch(string template, string variable, string other, string value)
    {
        await using var world = await StartAsync(broker);
        using var job = new CiJob(template, world.Ingest.Address.ToString()) { [other] = value, [variable] = "v2.31" };

        await job.StartAsync();

        var deployment = Assert.Single(await world.DeploymentsAsync());
        Assert.Equal(("v2.31", null), (deployment.Version, deployment.Branch));
        Assert.StartsWith("Deploy checkout v2.31 to production", deployment.Summary, StringComparison.Ordinal);
    }

    [ShellTheory]
    [InlineData("https://user:token@git.acme.example:8443/acme/shop/checkout.git", "acme/shop/checkout")]
    [InlineData("ssh://git@git.acme.example:22/acme/checkout", "acme/checkout")]
    [InlineData("git@github.com:acme/checkout.git", "acme/checkout")]
    public async Task The_repository_of_a_Jenkins_build_is_without_host_and_secrets(string url, string repository)
    {
        await using var world = await StartAsync(broker);
        using var job = new CiJob(CiJob.Jenkins, world.Ingest.Address.ToString()) { ["GIT_URL"] = url };

        await job.StartAsync();

        Assert.Equal(repository, Assert.Single(await world.DeploymentsAsync()).Repository);
    }

    [ShellTheory]
    [MemberData(nameof(CiJob.Templates), MemberType = typeof(CiJob))]
    public async Task What_is_answered_with_503_is_sent_again_as_the_same_event(string template)
    {
        await using var world = await StartAsync(broker);
        var requests = new ConcurrentQueue<(string Key, string Body)>();
        await using var server = await ServerAsync(async context =>
        {
            var body = await new StreamReader(context.Request.Body).ReadToEndAsync();
            requests.Enqueue((context.Request.Headers["Idempotency-Key"].ToString(), body));
            if (requests.Count == 1)
            {
                context.Response.StatusCode = 503;
                context.Response.Headers.RetryAfter = "1";
                return;
            }

            var answer = await world.PostAsync(GenericRoute, body, ("Authorization", context.Request.Headers.Authorization.ToString()), ("Idempotency-Key", requests.Last().Key));
            context.Response.StatusCode = (int)answer.Status;
        });
        using var job = new CiJob(template, server.Urls.Single() + "/");

        var run = await job.StartAsync();
        var again = await job.StartAsync();

        Assert.Contains("StreamDeploy was told: STARTED", run.Log, StringComparison.Ordinal);
        Assert.Equal(0, again.ExitCode);
        Assert.Equal(3, requests.Count);
        Assert.Single(requests.Distinct());
        Assert.Single((await world.DeploymentsAsync()).Select(each => each.EventId).Distinct());
    }

    [ShellTheory]
    [MemberData(nameof(CiJob.Templates), MemberType = typeof(CiJob))]
    public async Task What_cannot_be_told_is_a_warning_and_fails_no_job(string template)
    {
        await using var world = await StartAsync(broker);
        var warning = template == CiJob.GitHub ? "::warning title=StreamDeploy::StreamDeploy was not told of " : "WARNING: StreamDeploy was not told of ";
        using var wrong = new CiJob(template, world.Ingest.Address.ToString(), WrongKey);
        using var unset = new CiJob(template, "");
        using var poor = new CiJob(template, world.Ingest.Address.ToString());
        poor.KeepOnly("sh", "sed", "tr", "cat", "grep");

        foreach (var (job, reason) in new[] { (wrong, "UNKNOWN_KEY"), (unset, "STREAMDEPLOY_URL or STREAMDEPLOY_KEY is not set"), (poor, "curl is missing") })
        {
            foreach (var (run, status) in new[] { (await job.StartAsync(), "STARTED"), (await job.EndAsync("failure"), "FAILED") })
            {
                Assert.Equal(0, run.ExitCode);
                Assert.Contains(run.Log.Split('\n'), line => line.StartsWith(warning + status, StringComparison.Ordinal) && line.Contains(reason, StringComparison.Ordinal));
                Assert.DoesNotContain(WrongKey, run.Log, StringComparison.Ordinal);
            }
        }

        Assert.Empty(await world.DeploymentsAsync());
    }

    [ShellFact]
    public async Task The_end_of_a_GitHub_job_whose_start_did_not_run_fails_nothing()
    {
        using var job = new CiJob(CiJob.GitHub, "http://127.0.0.1:1");

        Assert.Equal(0, (await job.EndAsync("cancelled")).ExitCode);
    }

    [Fact]
    public void The_templates_share_one_script()
    {
        var scripts = new[] { CiJob.GitHub, CiJob.GitLab, CiJob.Jenkins, CiJob.Shell }.Select(name =>
        {
            var lines = Template.Text(name).Split('\n').Select(line => line.Trim())
                .SkipWhile(line => line != "# From here on the same in every template.").TakeWhile(line => line != "exit 0");
            return string.Join('\n', lines) is var text && name == CiJob.Jenkins ? text.Replace(@"\\", @"\", StringComparison.Ordinal) : text;
        }).ToArray();

        Assert.Contains("curl", scripts[0], StringComparison.Ordinal);
        Assert.Single(scripts.Distinct());
    }

    [Theory]
    [InlineData("Running", DeploymentStatus.STARTED)]
    [InlineData("Succeeded", DeploymentStatus.SUCCEEDED)]
    [InlineData("Failed", DeploymentStatus.FAILED)]
    public async Task A_sync_of_Argo_CD_is_told(string phase, DeploymentStatus status)
    {
        await using var world = await StartAsync(broker);
        var data = Template.Yaml("argocd-notifications.yaml").At("data");
        var service = Template.Parse(WithSecrets(data.At("service.webhook.streamdeploy").Value()));
        var webhook = Template.Parse(data.At("template.streamdeploy").Value()).At("webhook", "streamdeploy");
        Assert.Equal("POST", webhook.At("method").Value());
        var application = phase == "Running" ? SomeArgoCd.Running() : SomeArgoCd.Sync(phase);
        var body = webhook.At("body").Value().Replace("{{toJson .app}}", application["app"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("{{", body, StringComparison.Ordinal);

        var route = new Uri(service.At("url").Value()).AbsolutePath;
        var unproven = await world.PostAsync(route, body);
        var answer = await world.PostAsync(route, body, [.. service.At("headers").Items().Select(header => (header.At("name").Value(), header.At("value").Value()))]);

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Accepted), (unproven.Status, answer.Status));
        var deployment = Assert.Single(await world.DeploymentsAsync());
        Assert.Equal(("acme", 8L, status, "checkout", "production"), (deployment.AccountId, deployment.PipelineId, deployment.Status, deployment.Service, deployment.Environment));
        Assert.Equal(status == DeploymentStatus.SUCCEEDED ? "1.4.0" : null, deployment.Version);
    }

    [Fact]
    public void Argo_CD_s_trigger_asks_for_fields_there_are_and_covers_every_phase_that_counts()
    {
        var data = Template.Yaml("argocd-notifications.yaml").At("data");
        var subscription = Assert.Single(Template.Parse(data.At("subscriptions").Value()).Items());
        Assert.Equal("streamdeploy", Assert.Single(subscription.At("recipients").Items()).Value());
        Assert.Equal("on-streamdeploy", Assert.Single(subscription.At("triggers").Items()).Value());

        var conditions = Template.Parse(data.At("trigger.on-streamdeploy").Value()).Items().ToArray();
        var phases = conditions.SelectMany(condition => Quoted().Matches(condition.At("when").Value())).Select(phase => phase.Groups[1].Value);
        Assert.Equal(["Error", "Failed", "Running", "Succeeded"], phases.Order());
        foreach (var condition in conditions)
        {
            Assert.Equal("streamdeploy", Assert.Single(condition.At("send").Items()).Value());
            foreach (var path in ApplicationPath().Matches(condition.At("when").Value() + " " + condition.At("oncePer").Value()).Select(match => match.Value))
                Assert.True(path.Split('.').Aggregate((JsonNode?)SomeArgoCd.Sync(), (at, name) => at?[name]) is not null, path);
        }
    }

    [Fact]
    public async Task A_group_of_Alertmanager_is_taken_where_its_files_send_it()
    {
        await using var world = await StartAsync(broker);
        var text = Template.Text("alertmanager.yml");
        var file = Template.Parse(text);
        var route = Assert.Single(file.At("route", "routes").Items());
        var receiver = file.At("receivers").Items().Single(each => each.At("name").Value() == route.At("receiver").Value());
        var webhook = Assert.Single(receiver.At("webhook_configs").Items());
        Assert.Equal(("true", "true"), (route.At("continue").Value(), webhook.At("send_resolved").Value()));
        Assert.Equal("/etc/alertmanager/secrets/streamdeploy-url", webhook.At("url_file").Value());
        Assert.Equal("/etc/alertmanager/secrets/streamdeploy-secret", webhook.At("http_config", "authorization", "credentials_file").Value());

        var url = new Uri(UrlOfFile().Match(text).Groups[1].Value.Replace("KEY", ProvenAlertmanagerKey, StringComparison.Ordinal));
        var group = SomeAlertmanager.Group().ToJsonString();
        var unproven = await world.PostAsync(url.AbsolutePath, group);
        var answer = await world.PostAsync(url.AbsolutePath, group, ("Authorization", "Bearer " + Secret));

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Accepted), (unproven.Status, answer.Status));
        Assert.Equal(9, Assert.Single(await world.AlertsAsync()).AlertSourceId);
    }

    private static string WithSecrets(string text) =>
        SecretReference().Replace(text, reference => reference.Value switch
        {
            "$streamdeploy-key" => ArgoCdKey,
            "$streamdeploy-secret" => Secret,
            var unknown => throw new InvalidOperationException(unknown),
        });

    private static async Task<WebApplication> ServerAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var server = builder.Build();
        server.Urls.Add("http://127.0.0.1:0");
        server.MapPost(GenericRoute, answer);
        await server.StartAsync();
        return server;
    }

    // As the notification engine finds them.
    [GeneratedRegex(@"\$[\w-]+")]
    private static partial Regex SecretReference();

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\bapp(?:\.\w+)+")]
    private static partial Regex ApplicationPath();

    [GeneratedRegex(@"streamdeploy-url +(\S+),")]
    private static partial Regex UrlOfFile();
}
