metadata description = 'The Function App: Flex Consumption, Python 3.13, no key anywhere.'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('What makes names unique.')
param token string

@description('audit or enforce.')
@allowed(['audit', 'enforce'])
param mode string

@description('What is done about keys.')
@allowed(['off', 'check', 'rotate'])
param keys string

@description('Ids of the governed subscriptions.')
@minLength(1)
param subscriptions string[]

@description('Microsoft Graph; empty to look nobody up.')
param directoryEndpoint string

@description('When what is done: NCRONTAB by sweep, costs, keys and rotation.')
param schedules {
  sweep: string
  costs: string
  keys: string
  rotation: string
}

@description('Memory of an instance in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int

@description('How many instances each function may have.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int

@description('Instances in several zones.')
param zoneRedundant bool

@description('Subnet for what the app asks of others; empty for none.')
param subnetId string

@description('Whether only the virtual network, and whom the next parameter lets in, reaches the app.')
param privateNetwork bool

@description('Whether Event Grid calls the app itself.')
param takesEvents bool

@description('The app\'s identity.')
param identity {
  id: string
  clientId: string
  principalId: string
}

@description('Endpoints of the app\'s storage, and where its package lies.')
param storage {
  blob: string
  queue: string
  table: string
  package: string
  reports: string
}

@description('Ingestion endpoint and immutable id of the data collection rule.')
param logs {
  endpoint: string
  ruleId: string
}

@description('Endpoint of the topic for alerts.')
param alertTopicEndpoint string

@description('Connection string of Application Insights. With local authentication off its key opens nothing.')
param insightsConnection string

var name = 'func-hubwarden-${token}'

// docs/settings.md explains them; `python -m tools.check_bicep` holds this list to it.
var settings = {
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnection
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.clientId};Authorization=AAD'
  AzureWebJobsStorage__blobServiceUri: storage.blob
  AzureWebJobsStorage__queueServiceUri: storage.queue
  AzureWebJobsStorage__tableServiceUri: storage.table
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.clientId
  AZURE_CLIENT_ID: identity.clientId
  HUBWARDEN_MODE: mode
  HUBWARDEN_KEYS: keys
  HUBWARDEN_SUBSCRIPTIONS: join(subscriptions, ',')
  HUBWARDEN_DIRECTORY_ENDPOINT: directoryEndpoint
  HUBWARDEN_PRINCIPAL_ID: identity.principalId
  HUBWARDEN_APP_ID: resourceId('Microsoft.Web/sites', name)
  HUBWARDEN_LOGS_ENDPOINT: logs.endpoint
  HUBWARDEN_LOGS_RULE_ID: logs.ruleId
  HUBWARDEN_ALERT_TOPIC_ENDPOINT: alertTopicEndpoint
  HUBWARDEN_REPORTS_CONTAINER: storage.reports
  HUBWARDEN_SWEEP_SCHEDULE: schedules.sweep
  HUBWARDEN_COSTS_SCHEDULE: schedules.costs
  HUBWARDEN_KEYS_SCHEDULE: schedules.keys
  HUBWARDEN_ROTATION_SCHEDULE: schedules.rotation
}

var eventGrid = {
  name: 'event-grid'
  description: 'Delivers the changes.'
  action: 'Allow'
  priority: 100
  tag: 'ServiceTag'
  ipAddress: 'AzureEventGrid'
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-hubwarden-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  // azd finds the app that it publishes to by this tag.
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    publicNetworkAccess: 'Enabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      runtime: {
        name: 'python'
        version: '3.13'
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.blob}${storage.package}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: []
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      appSettings: [
        for one in items(settings): {
          name: one.key
          value: one.value
        }
      ]
      ipSecurityRestrictionsDefaultAction: privateNetwork ? 'Deny' : 'Allow'
      ipSecurityRestrictions: privateNetwork && takesEvents ? [eventGrid] : []
      // Publishing stays open: it takes an Entra ID sign-in, see the policies below.
      scmIpSecurityRestrictionsUseMain: false
      scmIpSecurityRestrictionsDefaultAction: 'Allow'
    }
  }
}

// No user name and password for publishing either.
resource ftpDoor 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource scmDoor 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

output id string = app.id
output name string = app.name
output hostName string = app.properties.defaultHostName
