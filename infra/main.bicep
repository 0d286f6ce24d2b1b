metadata description = 'Hubwarden in one subscription, looking after that one and others: see docs/deploy.md.'

targetScope = 'subscription'

// What it is called and where it is

@description('Name of the azd environment, part of the resource group\'s name and of the custom roles\'.')
@minLength(2)
@maxLength(24)
param environmentName string

@description('Region of everything that has one. It must offer Flex Consumption with Python 3.13; only Azure can tell.')
@minLength(3)
@metadata({ azd: { type: 'location' } })
param location string

@description('Tags of every resource, besides those it always has.')
param tags object = {}

// What it governs, and what it may do there

@description('audit only reads and tells; enforce also gives it permissions to mend, and policy says what it mends.')
@allowed(['audit', 'enforce'])
param mode string = 'audit'

@description('off; check to compare keys, which takes a role that reads them; rotate to renew them, which takes more.')
@allowed(['off', 'check', 'rotate'])
param keys string = 'off'

@description('In enforce, whether it may also give identities the data roles that policy wants, under a condition.')
param grantsAccess bool = false

@description('In enforce, whether it may also delete a compute instance to make it anew, where policy lets it.')
param renewsInstances bool = false

@description('Whether it asks Microsoft Graph who has left; an administrator of the directory must allow that.')
param looksUpPeople bool = false

@description('Ids of the governed subscriptions; none means the one that this is deployed to.')
@maxLength(100)
param subscriptions string[] = []

@description('Management group that gives it the roles (infra/management-group.bicep); empty for each subscription.')
param managementGroup string = ''

@description('Workspaces with logs of storage accounts that go by permissions on the workspace, by ARM id.')
param keyLogWorkspaces string[] = []

// How events come

@description('queue: Event Grid puts them into the queue. function: it calls the app, which must be published before.')
@allowed(['queue', 'function'])
param delivery string = 'queue'

@description('System topics that governed subscriptions have already, by ARM id; a subscription can have but one.')
param existingTopics string[] = []

@description('Whether topics made by hand, those of key vaults, send events too. existingTopics count by themselves.')
param foreignTopics bool = false

// How it runs

@description('Memory of an instance in MB, which is what its time is billed by.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('How many instances each function may have. Azure takes no less than 40.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Several zones, for the app and its storage, where the region has them.')
param zoneRedundant bool = false

@description('A virtual network for the app, and private ends for its storage.')
param privateNetwork bool = false

@description('Address space of that network, /25 or larger, and of no network that it shall ever be joined to.')
param addressPrefix string = '10.87.0.0/24'

@description('When every hub is looked at, NCRONTAB with six fields in UTC.')
@minLength(11)
param sweepSchedule string = '0 0 */6 * * *'

@description('Hours between sweeps by that schedule; alerts that wait for a sweep wait for two and an hour.')
@minValue(1)
@maxValue(24)
param sweepHours int = 6

@description('When bills are read.')
@minLength(11)
param costsSchedule string = '0 0 5 * * *'

@description('When keys are compared.')
@minLength(11)
param keysSchedule string = '0 30 3 * * *'

@description('When a pass over the keys to be rotated is made.')
@minLength(11)
param rotationSchedule string = '0 15 */6 * * *'

// Who hears of it, and what it may cost

@description('E-mail addresses that alerts go to.')
@maxLength(50)
param alertEmails string[] = []

@description('Workflows webhook of a Teams channel that alerts go to; it holds a signature.')
@secure()
param teamsWebhook string = ''

@description('Any other webhook that takes the common alert schema; it may hold a token.')
@secure()
param alertWebhook string = ''

@description('Action group that is there already, by ARM id; then the receivers above are not used.')
param actionGroup string = ''

@description('Where the folder docs/runbooks can be read, for alerts to point there.')
param runbookUrl string = ''

@description('Whether alerts fire; off for a first look at an estate that nobody has tidied.')
param alertsFire bool = true

@description('Days that rows are kept.')
@minValue(30)
@maxValue(730)
param retentionDays int = 90

@description('Gigabytes a day above which Log Analytics discards all until the next day; -1 for no end.')
@minValue(-1)
@maxValue(4000)
param dailyCapGb int = -1

@description('What Hubwarden may cost a month, in the billing currency; 0 for no budget. Alerts\' receivers are told.')
@minValue(0)
param budgetAmount int = 0

@description('First day of the month in which the budget was made. azd keeps it.')
param budgetStart string = ''

@description('First day of this month. Leave it: Azure tells the time nowhere but here.')
param thisMonth string = utcNow('yyyy-MM-01')

var token = toLower(uniqueString(subscription().id, environmentName, location))
var allTags = union(tags, { 'azd-env-name': environmentName, application: 'hubwarden' })
var own = toLower(subscription().subscriptionId)
var governed = empty(subscriptions) ? [own] : union(map(subscriptions, id => toLower(trim(id))), [])
var groupName = 'rg-hubwarden-${environmentName}'
var budgetBegins = empty(budgetStart) ? thisMonth : budgetStart

// Where the events of each governed subscription come from: a topic that is there, or one that we make, which must lie
// in the subscription it tells of.
var topics = toObject(existingTopics, id => toLower(split(id, '/')[2]))
var notOurs = foreignTopics || !empty(existingTopics)
var sources = [
  for id in governed: {
    id: id
    exists: contains(topics, id)
    topic: contains(topics, id) ? last(split(topics[id], '/')) : 'evgt-hubwarden-${token}'
    group: contains(topics, id) ? split(topics[id], '/')[4] : groupName
  }
]

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: groupName
  location: location
  tags: allTags
}

module identity 'modules/identity.bicep' = {
  scope: group
  name: 'identity'
  params: {
    location: location
    tags: allTags
    token: token
  }
}

// The roles come before the app: what it does first shall not be refused, and refusals are remembered for minutes.
module storage 'modules/storage.bicep' = {
  scope: group
  name: 'storage'
  params: {
    location: location
    tags: allTags
    token: token
    zoneRedundant: zoneRedundant
    privateNetwork: privateNetwork
    appPrincipalId: identity.outputs.appPrincipalId
    eventsPrincipalId: identity.outputs.eventsPrincipalId
    blobLogWorkspaceId: notOurs ? monitoring.outputs.workspaceId : ''
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  name: 'monitoring'
  params: {
    location: location
    tags: allTags
    token: token
    retentionDays: retentionDays
    dailyCapGb: dailyCapGb
    appPrincipalId: identity.outputs.appPrincipalId
  }
}

module logs 'modules/logs.bicep' = {
  scope: group
  name: 'logs'
  params: {
    location: location
    tags: allTags
    token: token
    workspaceName: monitoring.outputs.workspaceName
    appPrincipalId: identity.outputs.appPrincipalId
  }
}

module alertTopic 'modules/alert-topic.bicep' = {
  scope: group
  name: 'alert-topic'
  params: {
    location: location
    tags: allTags
    token: token
    appPrincipalId: identity.outputs.appPrincipalId
  }
}

module roles 'modules/roles.bicep' = {
  name: 'hubwarden-roles-${environmentName}'
  params: {
    environmentName: environmentName
    mode: mode
    keys: keys
    grantsAccess: grantsAccess
    renewsInstances: renewsInstances
    scopes: governed
    inManagementGroup: !empty(managementGroup)
  }
}

module access 'modules/access.bicep' = [
  for id in governed: {
    scope: subscription(id)
    name: 'hubwarden-access-${environmentName}-${take(id, 8)}'
    params: {
      principalId: identity.outputs.appPrincipalId
      roles: roles.outputs.given
    }
  }
]

module keyLogs 'modules/log-reader.bicep' = [
  for (id, at) in keyLogWorkspaces: if (keys == 'rotate') {
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    name: 'hubwarden-key-logs-${at}'
    params: {
      workspaceName: last(split(id, '/'))
      principalId: identity.outputs.appPrincipalId
    }
  }
]

module network 'modules/network.bicep' = if (privateNetwork) {
  scope: group
  name: 'network'
  params: {
    location: location
    tags: allTags
    token: token
    addressPrefix: addressPrefix
  }
}

module privateStorage 'modules/private-endpoint.bicep' = [
  for part in ['blob', 'queue', 'table']: if (privateNetwork) {
    scope: group
    name: 'private-${part}'
    params: {
      location: location
      tags: allTags
      name: 'pep-hubwarden-${part}-${token}'
      targetId: storage.outputs.id
      part: part
      zoneName: 'privatelink.${part}.${environment().suffixes.storage}'
      networkId: privateNetwork ? network!.outputs.id : ''
      subnetId: privateNetwork ? network!.outputs.endpointSubnetId : ''
    }
  }
]

module app 'modules/function.bicep' = {
  scope: group
  name: 'app'
  params: {
    location: location
    tags: allTags
    token: token
    mode: mode
    keys: keys
    subscriptions: governed
    directoryEndpoint: looksUpPeople ? 'https://graph.microsoft.com' : ''
    schedules: {
      sweep: sweepSchedule
      costs: costsSchedule
      keys: keysSchedule
      rotation: rotationSchedule
    }
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    zoneRedundant: zoneRedundant
    subnetId: privateNetwork ? network!.outputs.appSubnetId : ''
    privateNetwork: privateNetwork
    takesEvents: delivery == 'function'
    identity: {
      id: identity.outputs.appId
      clientId: identity.outputs.appClientId
      principalId: identity.outputs.appPrincipalId
    }
    storage: {
      blob: storage.outputs.blobEndpoint
      queue: storage.outputs.queueEndpoint
      table: storage.outputs.tableEndpoint
      package: storage.outputs.packageContainer
      reports: storage.outputs.reportsContainer
    }
    logs: {
      endpoint: logs.outputs.endpoint
      ruleId: logs.outputs.immutableId
    }
    alertTopicEndpoint: alertTopic.outputs.endpoint
    insightsConnection: monitoring.outputs.insightsConnection
  }
  // The private ends too: the app looks for its package when it is made.
  dependsOn: [access, privateStorage]
}

module privateApp 'modules/private-endpoint.bicep' = if (privateNetwork) {
  scope: group
  name: 'private-app'
  params: {
    location: location
    tags: allTags
    name: 'pep-hubwarden-app-${token}'
    targetId: app.outputs.id
    part: 'sites'
    zoneName: 'privatelink.azurewebsites.net'
    networkId: privateNetwork ? network!.outputs.id : ''
    subnetId: privateNetwork ? network!.outputs.endpointSubnetId : ''
  }
}

module elsewhere 'modules/group.bicep' = [
  for source in sources: if (source.id != own && !source.exists) {
    scope: subscription(source.id)
    name: 'hubwarden-group-${environmentName}-${take(source.id, 8)}'
    params: {
      name: groupName
      location: location
      tags: allTags
    }
  }
]

// Last, so that nothing comes before there is somebody to take it. Into the queue, Event Grid needs the queue and its
// identity's role there, and no function: that is why it is the default. To a function, the function must be published,
// and azd publishes after all this: first `azd up` with the queue, then the parameter, then `azd provision`.
module events 'modules/events.bicep' = [
  for source in sources: {
    scope: resourceGroup(source.id, source.group)
    name: 'hubwarden-events-${environmentName}-${take(source.id, 8)}'
    params: {
      tags: allTags
      subscriptionId: source.id
      topicName: source.topic
      topicExists: source.exists
      name: 'hubwarden-${token}'
      delivery: delivery
      eventsIdentityId: identity.outputs.eventsId
      workspaceId: monitoring.outputs.workspaceId
      appId: app.outputs.id
      storage: {
        id: storage.outputs.id
        queue: storage.outputs.changesQueue
        deadLetters: storage.outputs.deadLetterContainer
      }
    }
    dependsOn: [elsewhere]
  }
]

module alerts 'modules/alerts.bicep' = {
  scope: group
  name: 'alerts'
  params: {
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    actionGroupId: actionGroup
    emails: alertEmails
    teamsWebhook: teamsWebhook
    webhook: alertWebhook
    runbookUrl: runbookUrl
    foreignTopics: notOurs
    sweepHours: sweepHours
    enabled: alertsFire
  }
  dependsOn: [logs]
}

module workbook 'modules/workbook.bicep' = {
  scope: group
  name: 'workbook'
  params: {
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
  }
}

module budget 'modules/budget.bicep' = if (budgetAmount > 0) {
  scope: group
  name: 'budget'
  params: {
    amount: budgetAmount
    start: budgetBegins
    actionGroupId: alerts.outputs.actionGroupId
  }
}

// azd keeps these as variables of its environment.
output AZURE_LOCATION string = location
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_FUNCTION_NAME string = app.outputs.name
output HUBWARDEN_HOST string = app.outputs.hostName
output HUBWARDEN_APP_PRINCIPAL string = identity.outputs.appPrincipalId
output HUBWARDEN_EVENTS_IDENTITY string = identity.outputs.eventsId
output HUBWARDEN_WORKSPACE string = monitoring.outputs.customerId
output HUBWARDEN_ALERT_TOPIC string = alertTopic.outputs.id
output HUBWARDEN_WORKBOOK string = workbook.outputs.workbookId
output HUBWARDEN_BUDGET_START string = budgetBegins
