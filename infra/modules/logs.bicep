metadata description = 'The tables of docs/tables.md, and the data collection rule that fills them.'

@description('Region; the rule must be in that of the workspace.')
param location string

@description('Tags of every resource.')
param tags object

@description('What makes names unique.')
param token string

@description('Name of the Log Analytics workspace.')
param workspaceName string

@description('Object id of the app\'s identity.')
param appPrincipalId string

// Made from shared/model/tables.py by `python -m tools.docs`.
var schema = loadJsonContent('../tables.json')
var metricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb' // Monitoring Metrics Publisher

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource tables 'Microsoft.OperationalInsights/workspaces/tables@2025-02-01' = [
  for one in schema: {
    parent: workspace
    name: one.name
    properties: {
      plan: 'Analytics'
      schema: {
        name: one.name
        columns: one.columns
      }
    }
  }
]

// Direct: it has an ingestion endpoint of its own, so there is no data collection endpoint to keep.
resource rule 'Microsoft.Insights/dataCollectionRules@2023-03-11' = {
  name: 'dcr-hubwarden-${token}'
  location: location
  tags: tags
  kind: 'Direct'
  properties: {
    streamDeclarations: toObject(schema, one => one.stream, one => {
      columns: map(one.columns, column => {
        name: column.name
        type: toLower(column.type)
      })
    })
    destinations: {
      logAnalytics: [
        {
          name: 'workspace'
          workspaceResourceId: workspace.id
        }
      ]
    }
    dataFlows: [
      for one in schema: {
        streams: [one.stream]
        destinations: ['workspace']
        transformKql: 'source'
        outputStream: one.stream
      }
    ]
  }
  // A flow to a table that is not there is refused.
  dependsOn: [tables]
}

// Ingestion may take half an hour to go by it; rows that are sent before are refused.
resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(rule.id, appPrincipalId, metricsPublisher)
  scope: rule
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', metricsPublisher)
  }
}

output endpoint string = rule.properties.endpoints.logsIngestion
output immutableId string = rule.properties.immutableId
