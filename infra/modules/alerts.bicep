metadata description = 'The alerts on the rows in Log Analytics, and the action group that hears of them.'

@description('Region; that of the workspace.')
param location string

@description('Tags of every resource.')
param tags object

@description('Resource id of the Log Analytics workspace that holds the tables.')
param workspaceId string

@description('Resource id of an action group that is there already; empty to make one for the receivers below.')
param actionGroupId string = ''

@description('E-mail addresses that hear of every alert. Azure asks each new one to confirm itself.')
param emails string[] = []

@description('URL of a Teams workflow that takes the common alert schema; it holds a signature. See docs/alerts.md.')
@secure()
param teamsWebhook string = ''

@description('URL of a webhook that takes the common alert schema; it may hold a token.')
@secure()
param webhook string = ''

@description('Where the folder docs/runbooks can be read, such as https://git.contoso.example/hubwarden/docs/runbooks.')
param runbookUrl string = ''

@description('Hours from one sweep to the next; alerts that wait for a sweep wait for two and an hour.')
@minValue(1)
@maxValue(24)
param sweepHours int = 6

@description('Whether topics that are not ours send events too; the alert on their dead letters is made only then.')
param foreignTopics bool = false

@description('Whether alerts fire; off for a first look at an estate that nobody has tidied.')
param enabled bool = true

// docs/alerts.md says what each is about and how it ends.
var alerts = loadJsonContent('../alerts.json')
// Made from infra/queries by `python -m tools.docs`.
var queries = loadJsonContent('../queries.json')
var runbooks = empty(runbookUrl) ? 'docs/runbooks' : runbookUrl
var webhooks = concat(
  empty(teamsWebhook) ? [] : [{ name: 'teams', serviceUri: teamsWebhook, useCommonAlertSchema: true }],
  empty(webhook) ? [] : [{ name: 'webhook', serviceUri: webhook, useCommonAlertSchema: true }]
)
// Whoever names nobody still hears of it: an alert without a receiver would be none.
var nobody = empty(emails) && empty(webhooks)
var ownerRole = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = if (empty(actionGroupId)) {
  name: 'ag-hubwarden'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'hubwarden'
    enabled: true
    emailReceivers: [
      for (address, number) in emails: {
        name: 'email ${number + 1}'
        emailAddress: address
        useCommonAlertSchema: true
      }
    ]
    webhookReceivers: webhooks
    armRoleReceivers: nobody
      ? [{ name: 'owners of the subscription', roleId: ownerRole, useCommonAlertSchema: true }]
      : []
  }
}

var heardBy = empty(actionGroupId) ? actionGroup.id : actionGroupId

// Azure disables a rule whose table nobody fills, so this one is made only where the storage's log is sent.
var onForeignTopics = 'dead-letters-found'

// Queries are written for a sweep every six hours; no alert sees further back than two days.
var patience = min(2 * sweepHours + 1, 47)

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in alerts: if (foreignTopics || alert.name != onForeignTopics) {
    name: 'hubwarden-${alert.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'Hubwarden: ${alert.title}'
      description: '${alert.title}. ${alert.why} Runbook: ${runbooks}/${alert.runbook}.md'
      enabled: enabled
      severity: alert.severity
      scopes: [workspaceId]
      evaluationFrequency: alert.frequency
      windowSize: alert.window
      autoMitigate: alert.autoMitigate
      // make check has bound each query to the tables; a workspace knows new ones only after some minutes.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: replace(queries[alert.query], '13h', '${patience}h')
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: alert.threshold
            dimensions: map(alert.dimensions, name => { name: name, operator: 'Include', values: ['*'] })
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: [heardBy]
        customProperties: {
          runbook: '${runbooks}/${alert.runbook}.md'
          query: 'python -m local query ${alert.query}'
        }
      }
    }
  }
]

@description('Resource id of the action group that hears of the alerts.')
output actionGroupId string = heardBy
